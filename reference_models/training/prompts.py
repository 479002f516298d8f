"""Prompts: grouped by their length, answered, and their options ranked, the same way for every model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import Module

from vlitqa.contracts.models import Document, PackedBatch, Prompt
from vlitqa.contracts.tools import Picture

_MOST_TOKENS = 16_384
"""Tokens of prompts that are answered at once."""


def batches_of_one_length(documents: Sequence[Document], *, alone: bool = False) -> Iterator[list[int]]:
    """Groups documents of the same number of tokens and of images, so that none is padded; yields their positions.

    With `alone` every document is a group: what is drawn for it does not depend on others.
    """
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for position, document in enumerate(documents):
        groups[len(document), len(document.images)].append(position)
    for (length, _), positions in sorted(groups.items()):
        count = 1 if alone else max(1, _MOST_TOKENS // length)
        for start in range(0, len(positions), count):
            yield positions[start : start + count]


def pixels_of(
    documents: Sequence[Document], prompts: Sequence[Prompt], scale: Callable[[Picture], Tensor]
) -> list[Tensor]:
    """The pixels of all images, document by document."""
    return [
        scale(prompt.pictures[image])
        for document, prompt in zip(documents, prompts, strict=True)
        for image in document.images
    ]


class LossModel(Protocol):
    """A model, or a part of one, that gives the losses of a batch."""

    @property
    def module(self) -> Module:
        """All its parameters."""
        ...

    def losses(self, batch: PackedBatch) -> Tensor:
        """The negative log-likelihood of every target, row by row.  # (targets,)"""
        ...


def device_of(model: LossModel) -> torch.device:
    """The device on which the parameters of a model lie."""
    return next(model.module.parameters()).device
