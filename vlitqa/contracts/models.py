"""Models that are tuned on a dataset and sit exams: what the trainer and the exams ask of each of them.

A record becomes a Document of tokens, documents become a PackedBatch, and the model gives the loss of every token that
it learns to write. The same losses rank the options of a question; answers are written greedily.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vlitqa.contracts.tools import Picture
from vlitqa.records import Record
from vlitqa.results.exams import Likelihood

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module, Parameter


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """A record as a model reads it: its tokens, those that are learned, and the images among them."""

    token_ids: np.ndarray[Any, np.dtype[np.int32]]  # (tokens,)
    """Every image stands for the same number of consecutive image tokens, or for none in models that inject it."""
    is_target: np.ndarray[Any, np.dtype[np.bool_]]  # (tokens,)
    """True for the tokens of responses and the end of each."""
    images: tuple[int, ...] = ()
    """Positions in the record's images, in the order in which they stand in the text."""
    continuation_ids: np.ndarray[Any, np.dtype[np.int32]] | None = None  # (tokens,)
    """Where a text goes on in several ways: -1 for what they go on from, then the number of the one of a token."""
    forks: tuple[int, ...] = ()
    """By the number of each: the tokens that it goes on from; empty where all go on behind the last of them."""

    def __len__(self) -> int:
        return len(self.token_ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackedBatch:
    """Documents packed into rows. No document sees another one, nor how many there are."""

    token_ids: Tensor  # (rows, tokens)
    document_ids: Tensor  # (rows, tokens)
    """The number of each token's document in its row, from 0; -1 for padding, which ends every row."""
    positions: Tensor  # (rows, tokens)
    """The place of each token in its document, or in the one of its texts that it belongs to."""
    is_target: Tensor  # (rows, tokens)
    continuation_ids: Tensor  # (rows, tokens)
    """Where a document goes on in several ways, the number of each token's; -1 for what they go on from."""
    forks: Tensor  # (rows, tokens)
    """Of a token in one of these ways, how many tokens it goes on from, and sees."""
    pixels: Tensor  # (pictures, 3, height, width)
    """The pictures, each once."""
    picture_of_image: Tensor  # (images,)
    """The picture that each image is, in the order in which they stand in the texts, row by row."""
    document_of_image: Tensor  # (images,)
    """The document that each image belongs to, counted over all rows."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A record whose last turn has no response yet, and the pictures of its images."""

    record: Record
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is drawn, in place of the most probable one; the same seed draws the same answer."""

    temperature: float = 1.0
    """Above 0: what the logits are divided by."""
    top_p: float = 1.0
    """Drawn is among the fewest tokens that hold so much of the probability."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TuningStage:
    """A part of the tuning: what it trains."""

    name: str
    trains: str
    """One sentence for the model card and `vlitqa tune --help`."""


class ReferenceModel(Protocol):
    """A model of pictures and text that can be tuned, asked, saved and loaded again."""

    @property
    def name(self) -> str:
        """The name of its kind in the catalogue, such as `llava`."""
        ...

    @property
    def stages(self) -> Mapping[str, TuningStage]:
        """The stages of its tuning by name, in their order."""
        ...

    @property
    def context_length(self) -> int:
        """The most tokens of a document, those of images included."""
        ...

    @property
    def skips_other_documents(self) -> bool:
        """True if nothing is computed between the documents of a row, so that rows may be as long as memory allows."""
        ...

    @property
    def picture_side(self) -> int:
        """The edge of the pictures that its tower reads, in pixels."""
        ...

    @property
    def module(self) -> Module:
        """All its parameters."""
        ...

    @property
    def language_layers(self) -> str:
        """The name in `module` of the list of its language model's layers."""
        ...

    def trainable(self, stage: str) -> Iterable[tuple[str, Parameter]]:
        """The parameters that a stage trains, with their names in `module`; all others stay as they are."""
        ...

    def document(self, record: Record) -> Document:
        """Reads a record into tokens; raises RejectedRecord where it cannot be learned from."""
        ...

    def pixels(self, picture: Picture) -> Tensor:
        """Scales and normalises a picture as the vision tower expects it, never mirrored.  # (3, height, width)"""
        ...

    def losses(self, batch: PackedBatch) -> Tensor:
        """The negative log-likelihood of every target token, row by row.  # (targets,)"""
        ...

    def answer(self, prompts: Sequence[Prompt], *, longest: int, sampling: Sampling | None = None) -> list[str]:
        """Writes one answer for each prompt, of at most so many tokens; independent of the other prompts.

        It is written greedily unless it is to be drawn: then each prompt has the same draws as it would have alone.

        Raises RejectedRecord where it cannot read one of them, as one that is too long.
        """
        ...

    def rank(self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]) -> list[list[Likelihood]]:
        """The likelihood of each of its options as the answer to each prompt; independent of all others.

        Raises RejectedRecord where it cannot read one of them, as one that is too long.
        """
        ...

    def save(self, folder: Path) -> None:
        """Writes all that `load` needs into a folder."""
        ...
