"""Means over pairs: however large a sample is, it gives the mean of its source, and the more exactly the larger it is.

Members of one group (an image, a conversation) are alike because they were written together, so that only pairs of
different groups count. Such a mean has no bias (it is a U-statistic, Hoeffding 1948).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vlitqa.algorithms.arrays import Floats, Ints, Vectors
from vlitqa.algorithms.intervals import Interval, mean_interval


@dataclass(frozen=True, slots=True)
class PairMean:
    """A mean over pairs of members of different groups."""

    value: float
    interval: Interval | None


def chance_of_one_label(labels: Sequence[Sequence[str]], groups: Ints) -> PairMean | None:
    """The chance that two members of different groups have one label; None where there are no two groups.

    A member with several labels has each in part, and one without labels shares none with anybody.
    """
    sizes = np.bincount(groups).astype(np.float64)  # (groups,)
    held: defaultdict[tuple[str, int], float] = defaultdict(float)
    for group, of_member in zip(groups.tolist(), labels, strict=True):
        for label in of_member:
            held[label, group] += 1 / len(of_member)
    by_label: defaultdict[str, float] = defaultdict(float)
    for (label, _), part in held.items():
        by_label[label] += part
    shared = np.zeros(len(sizes))  # (groups,)
    for (label, group), part in held.items():
        shared[group] += part * (by_label[label] - part)
    return _mean_of_pairs(shared, sizes * (sizes.sum() - sizes))


def squared_cosine(vectors: Vectors, places_by_label: Mapping[str, Ints], groups: Ints) -> PairMean | None:
    """The mean squared cosine of two members with one label and of different groups; None where there are none.

    Two members that share several labels are as many pairs.
    """
    shared, pairs = (np.zeros(int(groups.max(initial=-1)) + 1) for _ in range(2))  # (groups,)
    for places in places_by_label.values():
        if len(places) > 1:
            shared_more, pairs_more = _pairs_of_label(vectors[places], groups[places], len(shared))
            shared += shared_more
            pairs += pairs_more
    return _mean_of_pairs(shared, pairs)


def _pairs_of_label(vectors: Vectors, groups: Ints, size: int) -> tuple[Floats, Floats]:
    """By group: the squared cosines of its members with those of other groups, summed up, and their number."""
    order = np.argsort(groups, kind="stable")
    exact, members = vectors[order].astype(np.float64), groups[order]
    squares = ((exact @ (exact.T @ exact)) * exact).sum(axis=1)  # (members,), those of its own group with it
    for start, end in _runs(members):
        within = exact[start:end] @ exact[start:end].T
        squares[start:end] -= (within**2).sum(axis=1)
    counts = np.bincount(members, minlength=size).astype(np.float64)
    sums = np.bincount(members, weights=squares, minlength=size).astype(np.float64)
    return sums, counts * (len(members) - counts)


def _runs(members: Ints) -> list[tuple[int, int]]:
    """The first place of every run of equal numbers, and the place after its last."""
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(members)) + 1, [len(members)]]).tolist()
    return list(pairwise(bounds))


def _mean_of_pairs(sums: Floats, pairs: Floats) -> PairMean | None:
    """The mean, and its interval: a group moves it by twice its part, because it stands on both sides of its pairs.

    Where no pair has anything in common nothing is known of how seldom it has.
    """
    taking_part = pairs > 0
    sums, pairs = sums[taking_part], pairs[taking_part]
    if not len(pairs):
        return None
    mean = float(sums.sum() / pairs.sum())
    influences = 2 * len(pairs) * (sums - mean * pairs) / pairs.sum()  # (groups,), they add to 0
    interval = mean_interval(mean + influences, np.arange(len(pairs))) if mean > 0 else None
    return PairMean(mean, (max(0.0, interval[0]), interval[1]) if interval else None)
