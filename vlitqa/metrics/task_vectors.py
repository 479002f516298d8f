"""The vectors of the texts of a dataset with their tasks, and figures of how varied they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.packed_vectors import unpack_vectors
from vlitqa.algorithms.pairs import squared_cosine
from vlitqa.algorithms.resampling import Grouping, subsample
from vlitqa.algorithms.vendi import VendiState
from vlitqa.contracts import Context
from vlitqa.metrics.grouped_turns import GroupedTurns
from vlitqa.results import Figure, Labels

_PAIRED = 20_000
"""Texts of which pairs of one task are made: they give the mean squared cosine to the third digit."""


class HasVector(Protocol):
    """A text of a turn, with its packed vector."""

    @property
    def turn(self) -> int:
        """The place of its turn in the record."""
        ...

    @property
    def vector(self) -> str:
        """Its packed vector."""
        ...


_Text = TypeVar("_Text", bound=HasVector)


def labels_of_texts(texts: GroupedTurns[_Text], labels: Labels) -> list[tuple[str, ...]]:
    """The labels of the turn of every text."""
    of_texts = []
    for row, text in zip(texts.rows, texts.turns, strict=True):
        of_row = labels.get(row, ())
        of_texts.append(of_row[text.turn] if text.turn < len(of_row) else ())
    return of_texts


def places_by_label(labels: Sequence[Sequence[str]], chosen: Ints) -> dict[str, Ints]:
    """The places of each label among those that are chosen, in their order."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place in np.sort(chosen).tolist():
        for label in labels[place]:
            places[label].append(place)
    return {label: np.array(places[label]) for label in sorted(places)}


@dataclass(frozen=True, slots=True, eq=False)
class TaskVectors:
    """The vectors of texts, the record and image that each stands in, and the tags of its task."""

    vectors: Vectors  # (texts, dimensions)
    grouping: Grouping
    tags: Sequence[Sequence[str]] | None
    """None where tasks were not measured."""

    @classmethod
    def of(cls, texts: GroupedTurns[_Text], context: Context) -> TaskVectors:
        """Gives each text the tags of its turn."""
        tags = context.tags.get("tasks")
        vectors = unpack_vectors([text.vector for text in texts.turns])
        return cls(vectors, texts.grouping(), None if tags is None else labels_of_texts(texts, tags))

    def __len__(self) -> int:
        return len(self.vectors)

    def at_equal_size(
        self, figure: Figure, count: Callable[[Ints], float], *, budget: int, texts: str, seed: int
    ) -> Figure:
        """The figure with the mean count of so many texts, drawn in whole records."""
        drawn = subsample(count, self.grouping, budget, seed)
        if drawn is None:
            return replace(figure, reason=f"{len(self):,} {texts} are fewer than {budget:,}", unit="")
        unit = figure.unit or f"among {budget:,} {texts}"
        return replace(figure, value=drawn.mean, interval=drawn.interval, unit=unit, reason="")

    def vendi_score(self, places: Ints) -> float:
        """The number of entirely different texts that would be as varied as those at some places."""
        return VendiState.of(self.vectors[places]).score(1) or 0.0

    def variety_within_tasks(self, figure: Figure) -> Figure:
        """The figure with the number of entirely different texts that would be as varied as pairs of one task are.

        It is the Vendi score of order 2, one over the mean squared cosine, of pairs about different images.
        """
        if self.tags is None:
            return replace(figure, reason="tasks were not measured")
        drawn = np.random.default_rng(0).permutation(len(self))[:_PAIRED]
        pairs = squared_cosine(self.vectors, places_by_label(self.tags, drawn), self.grouping.images)
        if pairs is None or not pairs.value:
            return replace(figure, reason="no two of different images have a task in common")
        bounds = pairs.interval
        interval = (1 / bounds[1], 1 / bounds[0]) if bounds and bounds[0] > 0 else None
        return replace(figure, value=1 / pairs.value, interval=interval, unit="among pairs of one task", reason="")
