"""The vectors of the texts of a dataset with their task labels, and figures of how varied they are."""

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


@dataclass(frozen=True, slots=True, eq=False)
class TaskVectors:
    """The vectors of texts, the labels of each, and the record and image that it stands in."""

    vectors: Vectors  # (texts, dimensions)
    labels: Sequence[Sequence[str]]
    grouping: Grouping

    @classmethod
    def of(cls, texts: GroupedTurns[_Text], labels: Labels) -> TaskVectors:
        """Gives each text the labels of its turn."""
        of_texts = []
        for row, text in zip(texts.rows, texts.turns, strict=True):
            of_row = labels.get(row, ())
            of_texts.append(of_row[text.turn] if text.turn < len(of_row) else ())
        return cls(unpack_vectors([text.vector for text in texts.turns]), of_texts, texts.grouping())

    def __len__(self) -> int:
        return len(self.vectors)

    def places_by_label(self, most: int | None = None) -> dict[str, Ints]:
        """The places of the texts of each label, among as many texts as are wanted at most, drawn by chance."""
        size = len(self)
        chosen = np.arange(size)
        if most is not None and size > most:
            chosen = np.sort(np.random.default_rng(0).permutation(size)[:most])
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place in chosen.tolist():
            for label in self.labels[place]:
                places[label].append(place)
        return {label: np.array(places[label]) for label in sorted(places)}

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
        pairs = squared_cosine(self.vectors, self.places_by_label(_PAIRED), self.grouping.images)
        if pairs is None or not pairs.value:
            return replace(figure, value=None, reason="no two of different images have a task label in common")
        bounds = pairs.interval
        interval = (1 / bounds[1], 1 / bounds[0]) if bounds and bounds[0] > 0 else None
        return replace(figure, value=1 / pairs.value, interval=interval, unit="among pairs of one task", reason="")
