"""Answers of a model to prompts, written in batches of one length, the same way for every model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from torch import Tensor
from transformers import PreTrainedTokenizerBase

from reference_models.training.packing import batch_rows, to_device
from reference_models.training.prompts import LossModel, batches_of_one_length, device_of, pixels_of
from reference_models.training.sampling import drawing
from vlitqa.contracts.models import Document, PackedBatch, Prompt, Sampling
from vlitqa.contracts.tools import Picture

WriteTokens = Callable[[PackedBatch, int], Tensor | list[list[int]]]
"""Writes up to so many tokens behind every row of a batch.  # (rows, tokens)"""


class AnsweringModel(LossModel, Protocol):
    """A model that reads pictures and writes the words of its tokenizer."""

    @property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        """What turns tokens into words."""
        ...

    @property
    def context_length(self) -> int:
        """The most tokens of a document."""
        ...

    def pixels(self, picture: Picture) -> Tensor:
        """Scales and normalises a picture.  # (3, side, side)"""
        ...


def answer_in_batches(
    model: AnsweringModel,
    asked: Sequence[tuple[Document, Prompt]],
    write: WriteTokens,
    *,
    longest: int,
    sampling: Sampling | None,
) -> list[str]:
    """The answers to prompts, each with its document; one that fills the context has an empty answer."""
    documents, answers = [document for document, _ in asked], [""] * len(asked)
    for group in batches_of_one_length(documents, alone=sampling is not None):
        chosen = [documents[position] for position in group]
        room = min(longest, model.context_length - len(chosen[0]))
        if room < 1:
            continue
        pixels = pixels_of(chosen, [asked[position][1] for position in group], model.pixels)
        batch = to_device(batch_rows([[document] for document in chosen], pixels), device_of(model))
        with drawing(sampling, batch.token_ids.device):
            written = write(batch, room)
        texts = model.tokenizer.batch_decode(written, skip_special_tokens=True)
        for position, text in zip(group, texts, strict=True):
            answers[position] = text.strip()
    return answers
