"""Who labels which item, in which order: decided by a seed alone, so that no two people wait for each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.annotation.items import AnnotatedItem

AGAIN = "~again"
"""The end of the id of an item that its annotator is shown a second time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPlan:
    """How items are shared out."""

    annotators: Sequence[str]
    per_item: int = 2
    """Labels of an item that several people see."""
    overlap: float = 1.0
    """The share of items that several people see; the others are seen by one."""
    repeats: float = 0.0
    """The share of an annotator's items that he is shown again later."""
    seed: int = 0

    def people_for(self, item: str) -> Sequence[str]:
        """Those who label an item."""
        ranked = sorted(self.annotators, key=lambda name: shuffle_key("annotator", self.seed, item, name))
        is_shared = chance_of("overlap", self.seed, item) < self.overlap
        return ranked[: self.per_item if is_shared else 1]

    def queue_of(self, annotator: str, items: Sequence[AnnotatedItem]) -> list[str]:
        """The ids of an annotator's items in his order; some of them come again at the end."""
        assigned = [item.id for item in items if annotator in self.people_for(item.id)]
        assigned.sort(key=lambda item: shuffle_key("order", self.seed, annotator, item))
        again = [item for item in assigned if chance_of("again", self.seed, annotator, item) < self.repeats]
        return [*assigned, *(f"{item}{AGAIN}" for item in again)]


def chance_of(*parts: object) -> float:
    """A number from 0 to 1 that is the same for the same parts, and spread evenly over different ones."""
    return int.from_bytes(shuffle_key(*parts)) / (1 << 64)
