"""Fields that were read from documents: how many words, and how many whole fields, are right."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overlap:
    """What was found, what was said and what there was."""

    found: int
    said: int
    there: int

    @property
    def f1(self) -> float:
        """Of both; 0 where nothing was found, where the common script divides by zero."""
        return 2 * self.found / (self.said + self.there) if self.found else 0.0


def words(prediction: str, reference: str) -> Overlap:
    """Words between spaces as they stand, case and marks included: LVLM-eHub calls this entity F1."""
    said, there = Counter(prediction.split()), Counter(reference.split())
    return Overlap((said & there).total(), said.total(), there.total())


def fields(prediction: str, reference: str) -> Overlap:
    """The field as a whole, without case and with single spaces."""
    said, there = (" ".join(text.lower().split()) for text in (prediction, reference))
    return Overlap(int(said == there != ""), int(said != ""), int(there != ""))
