"""Weights that depend on their names alone, so that two codes with the same names compute with the same numbers."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

_FIXED = ("mask", "log_logit_scale", "num_batches_tracked")


def fill_by_name(module: nn.Module) -> None:
    """Draws every weight from a generator that its name seeds; what the published code fixes stays as it is."""
    for name, tensor in module.state_dict().items():
        if not name.endswith(_FIXED):
            tensor.copy_(_draw(name, tensor))


def draw_input(name: str, *shape: int) -> Tensor:
    """An input drawn from the normal distribution by a generator that a name seeds."""
    return torch.from_numpy(_generator(name).standard_normal(shape).astype(np.float32))


def _draw(name: str, like: Tensor) -> Tensor:
    values = torch.from_numpy(_generator(name).standard_normal(tuple(like.shape)))
    if name.endswith("running_var"):
        return values.abs() + 0.5
    if like.ndim > 1:
        return values * 0.15
    return values * 0.2 + (1 if name.endswith("weight") else 0)


def _generator(name: str) -> np.random.Generator:
    return np.random.default_rng(list(name.encode()))
