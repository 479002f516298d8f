"""The part of diffusers' pipelines that is used here; their classes tell type checkers nothing of it."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor


class Pipeline(Protocol):
    """A pipeline of Stable Diffusion, loaded."""

    @property
    def device(self) -> torch.device:
        """The device of its weights."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """The number type of its weights."""
        ...

    @property
    def components(self) -> dict[str, Any]:
        """Its parts by their names."""
        ...

    def __call__(self, **arguments: Any) -> Any:
        """Draws; returns what has `images`."""
        ...

    def encode_prompt(self, **arguments: Any) -> tuple[Tensor | None, ...]:
        """What its text encoders make of words.  # (texts, tokens, width), and more that depends on its class"""
        ...
