"""Prompts: grouped by their length, answered, and their options ranked, the same way for every model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from msgspec.structs import replace
from torch import Tensor
from torch.nn import Module

from reference_models.training.packing import batch_rows, predictors, to_device
from vlitqa.contracts.models import Document, Likelihood, PackedBatch, Prompt, ReferenceModel
from vlitqa.contracts.tools import Picture
from vlitqa.records import Record

_MOST_TOKENS = 16_384
"""Tokens of prompts that are answered at once."""


def batches_of_one_length(documents: Sequence[Document]) -> Iterator[list[int]]:
    """Groups documents of the same number of tokens and of images, so that none is padded; yields their positions."""
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for position, document in enumerate(documents):
        groups[len(document), len(document.images)].append(position)
    for (length, _), positions in sorted(groups.items()):
        count = max(1, _MOST_TOKENS // length)
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


@torch.no_grad()
def rank_options(model: ReferenceModel, prompt: Prompt, options: Sequence[str]) -> list[Likelihood]:
    """The likelihood of each option as the response to a prompt, without the token that ends it."""
    documents = [model.document(_with_response(prompt.record, option)) for option in options]
    pixels = pixels_of(documents, [prompt] * len(options), model.pixels)
    batch = to_device(batch_rows([[document] for document in documents], pixels), device_of(model))
    # a model may ask where earlier responses are: they stay targets, and their losses are left out
    is_scored = predictors(batch_rows([[_scored(document)] for document in documents], ()))  # (rows, tokens)
    losses = model.losses(batch).double().cpu()[is_scored[predictors(batch).cpu()]]  # (scored,)
    rows = is_scored.nonzero()[:, 0]  # (scored,)
    sums = torch.zeros(len(options), dtype=torch.float64).index_add_(0, rows, -losses)  # (options,)
    tokens = torch.bincount(rows, minlength=len(options))  # (options,)
    return [Likelihood(float(value), int(number)) for value, number in zip(sums, tokens, strict=True)]


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


def _with_response(record: Record, response: str) -> Record:
    return replace(record, turns=(*record.turns[:-1], replace(record.turns[-1], response=response)))


def _scored(document: Document) -> Document:
    """The document with the tokens of its last response as its only targets, and not the one that ends it."""
    places = np.flatnonzero(document.is_target)  # (targets,)
    first = places[-1] - np.argmin(np.diff(places[::-1], append=-9) == -1)  # the last run of neighbours begins here
    is_target = np.zeros(len(document), bool)  # (tokens,)
    is_target[first : places[-1]] = True
    return Document(token_ids=document.token_ids, is_target=is_target, images=document.images)
