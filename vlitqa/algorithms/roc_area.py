"""How well values part two kinds of cases: the area under the ROC curve, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import rankdata

from vlitqa.algorithms.arrays import Bools, Floats
from vlitqa.algorithms.intervals import FEWEST_GROUPS, NORMAL_95, Interval

_NEAR = 1e-9
"""A distance at which both ends are left and right of the area, also where that is 0 or 1."""


class RocArea(NamedTuple):
    """The chance that a case of the first kind is above one of the second, equal values counting half."""

    area: float
    interval: Interval | None


def roc_area(values: Floats, is_first: Bools, groups: Sequence[str]) -> RocArea | None:
    """The area for cases that stand or fall together in groups; None where there are not eight of each kind.

    Its interval holds the areas from which this one is not further than two standard errors (Newcombe 2006, method 5),
    which is right near 1 too. The variance grows by as much as groups add to it (Obuchowski 1997).
    """
    first, second = values[is_first], values[~is_first]
    if min(len(first), len(second)) < FEWEST_GROUPS:
        return None
    ranks = rankdata(np.concatenate([first, second]))
    below = (ranks[: len(first)] - rankdata(first)) / len(second)  # the share of second ones below each first one
    above = 1 - (ranks[len(first) :] - rankdata(second)) / len(first)
    area = float(below.mean())
    influences = np.empty(len(values), np.float64)
    influences[is_first] = (below - area) / len(first)
    influences[~is_first] = (above - area) / len(second)
    growth = _growth_by_groups(influences, is_first, groups)
    return RocArea(area, None if growth is None else _interval(area, len(first), len(second), growth))


def _growth_by_groups(influences: Floats, is_first: Bools, groups: Sequence[str]) -> float | None:
    """The factor by which groups make the variance larger, at least 1; None for fewer than eight groups of a kind.

    Where all cases are alike, groups count as one case each.
    """
    names, members = np.unique(np.asarray(groups), return_inverse=True)
    if min(len(np.unique(members[kind])) for kind in (is_first, ~is_first)) < FEWEST_GROUPS:
        return None
    sums, count = np.bincount(members, weights=influences), len(names)
    alone = float(influences @ influences)
    return max(1.0, float(sums @ sums) / alone * count / (count - 1) if alone else len(influences) / count)


def _interval(area: float, first: int, second: int, growth: float) -> Interval:
    half = (first + second) / 2 - 1

    def distance(other: float) -> float:
        shape = 1 + half * (1 - other) / (2 - other) + half * other / (1 + other)
        variance = growth * other * (1 - other) * shape / (first * second)
        return (area - other) ** 2 - NORMAL_95**2 * variance

    low = float(brentq(distance, 0.0, area - _NEAR)) if area > _NEAR else 0.0
    high = float(brentq(distance, area + _NEAR, 1.0)) if area < 1 - _NEAR else 1.0
    return low, high
