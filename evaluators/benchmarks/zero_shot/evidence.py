"""Values that a marking rule keeps with a mark, for the conclusion over all marks of a set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.marking.captions import Tokens
from evaluators.marking.word_overlap import Overlap


@dataclass(frozen=True, slots=True)
class OptionRank:
    """The rank of the right option among those that a model ranked, from 1; of equals the middle."""

    rank: float


@dataclass(frozen=True, slots=True)
class FieldOverlap:
    """The overlap of an answer with a field of a document, as the rules count it; and in words where that is fields."""

    overlap: Overlap
    words: Overlap | None = None


@dataclass(frozen=True, slots=True)
class CaptionTokens:
    """A caption and its references, cut into tokens."""

    caption: Tokens
    references: Sequence[Tokens]
