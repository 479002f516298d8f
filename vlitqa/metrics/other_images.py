"""How often a text is nearer to its own image than to the images of other groups."""

from __future__ import annotations

from typing import Protocol, TypeVar

import numpy as np

from vlitqa.algorithms.packed_vectors import unpack_vectors
from vlitqa.metrics.grouped_turns import GroupedTurns, GroupedValues

_OTHERS = 20
"""Other images that each text is compared with."""


class HasPair(Protocol):
    """A text beside an image."""

    @property
    def image(self) -> str:
        """The packed vector of the image."""
        ...

    @property
    def text(self) -> str:
        """The packed vector of the text."""
        ...


_Pair = TypeVar("_Pair", bound=HasPair)


def wins_over_other_images(pairs: GroupedTurns[_Pair], seed: int) -> GroupedValues:
    """For each pair how often its text is nearer to its own image than to one of another group, drawn at random."""
    names = pairs.groups
    if len(set(names)) < 2:
        return GroupedValues([], [])
    images, texts = (
        unpack_vectors([pair.image for pair in pairs.turns]),
        unpack_vectors([pair.text for pair in pairs.turns]),
    )
    group = np.unique(names, return_inverse=True)[1]
    cosines = (images * texts).sum(axis=1)
    generator = np.random.default_rng(seed)
    wins, comparisons = np.zeros(len(names)), np.zeros(len(names))
    for _ in range(_OTHERS):
        other = generator.permutation(len(names))
        apart = group[other] != group
        other_cosines = (images[other] * texts).sum(axis=1)
        wins += apart * ((cosines > other_cosines) + 0.5 * (cosines == other_cosines))
        comparisons += apart
    compared = np.flatnonzero(comparisons)
    return GroupedValues((wins[compared] / comparisons[compared]).tolist(), [names[place] for place in compared])
