"""Overlap of answers with fields of documents: in words, and in whole fields."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overlap:
    """Numbers of words, or of fields."""

    matched: int
    predicted: int
    expected: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where nothing matches and the common script divides by zero."""
        return 2 * self.matched / (self.predicted + self.expected) if self.matched else 0.0


def word_overlap(prediction: str, reference: str) -> Overlap:
    """Words between spaces as they stand, case and punctuation included: LVLM-eHub calls this entity F1."""
    predicted, expected = Counter(prediction.split()), Counter(reference.split())
    return Overlap((predicted & expected).total(), predicted.total(), expected.total())


def field_overlap(prediction: str, reference: str) -> Overlap:
    """The field as a whole, without case and with single spaces."""
    predicted, expected = (" ".join(text.lower().split()) for text in (prediction, reference))
    return Overlap(int(predicted == expected != ""), int(predicted != ""), int(expected != ""))
