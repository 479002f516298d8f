"""95% confidence intervals of means, of shares, and of statistics of sums, whose values may depend on each other.

Values of one image or of one conversation are alike: they stand or fall together, in a group, and a mean varies as
whole groups do. Of fewer than eight groups nothing can be said, because their spread is hardly known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import t as t_distribution

from vlitqa.algorithms.arrays import Floats, Ints

Interval = tuple[float, float]
_LOW, _HIGH = 0.025, 0.975
NORMAL_95 = 1.96
"""The 97.5% quantile of the normal distribution."""
FEWEST_GROUPS = 8
"""Groups from which their spread can be known."""
_MANY_GROUPS = 30
"""Groups whose skewness is well enough known for a formula; of fewer the distribution is resampled."""
_DRAWS = 2_000


class _GroupSums(NamedTuple):
    """The deviations of every group from the mean of all, summed up, and the number of values in it."""

    mean: float
    deviations: Floats  # (groups,)
    sizes: Floats  # (groups,)

    @property
    def variance(self) -> float:
        """The variance of the mean, by whole groups."""
        groups = len(self.sizes)
        return float(self.deviations @ self.deviations) * groups / (groups - 1) / float(self.sizes.sum()) ** 2


def mean_interval(values: Sequence[float] | Floats, groups: Sequence[object] | Ints, seed: int = 0) -> Interval | None:
    """The interval of a mean, also of skewed values: of 30 groups on by Hall's formula, of fewer by resampling."""
    sums = _group_sums(np.asarray(values, np.float64), groups)
    if sums is None:
        return None
    error = math.sqrt(sums.variance)
    if not error:
        return (sums.mean, sums.mean)
    low, high = _skewed_quantiles(sums) if len(sums.sizes) >= _MANY_GROUPS else _resampled_quantiles(sums, seed)
    return (sums.mean - high * error, sums.mean - low * error)


def share_interval(hits: float, count: float) -> Interval | None:
    """Wilson's interval of a share, which stays between 0 and 1; None for fewer than eight cases.

    Cases that depend on each other are worth fewer: then both numbers may be broken ones.
    """
    if count < FEWEST_GROUPS:
        return None
    squared = NORMAL_95**2
    centre = (hits + squared / 2) / (count + squared)
    error = NORMAL_95 * math.sqrt(hits * (count - hits) / count + squared / 4) / (count + squared)
    return (max(0.0, centre - error) if hits > 0 else 0.0, min(1.0, centre + error) if hits < count else 1.0)


def grouped_share_interval(hits: Sequence[float] | Floats, groups: Sequence[object] | Ints) -> Interval | None:
    """Wilson's interval of a share of cases, each 0 or 1, that stand or fall together in groups."""
    return share_interval_of_groups(*_hits_by_group(hits, groups))


def share_interval_of_groups(hits: Floats, sizes: Floats) -> Interval | None:
    """Wilson's interval of the share of hits in groups of so many cases; None for fewer than eight groups."""
    if len(sizes) < FEWEST_GROUPS:
        return None
    share, worth = float(hits.sum() / sizes.sum()), max(_worth(hits, sizes), FEWEST_GROUPS)
    return share_interval(share * worth, worth)


def independent_cases(hits: Sequence[float] | Floats, groups: Sequence[object] | Ints) -> float:
    """The number of independent cases, each 0 or 1, whose share would vary as much as that of cases in groups."""
    return _worth(*_hits_by_group(hits, groups))


def _hits_by_group(hits: Sequence[float] | Floats, groups: Sequence[object] | Ints) -> tuple[Floats, Floats]:
    """The hits and the cases of each group."""
    _, members = np.unique(np.asarray(groups), return_inverse=True)
    return np.bincount(members, weights=hits).astype(np.float64), np.bincount(members).astype(np.float64)


def _worth(hits: Floats, sizes: Floats) -> float:
    """The number of cases whose share has the variance that the groups show; that of groups where all are alike."""
    groups, count = len(sizes), float(sizes.sum())
    share = float(hits.sum()) / count
    deviations = np.sort(hits - share * sizes)
    variance = float(deviations @ deviations) * groups / max(groups - 1, 1) / count**2
    return min(count, share * (1 - share) / variance) if variance else float(groups)


def statistic_interval(
    statistic: Callable[[Floats], Floats], columns: Floats, groups: Sequence[object] | Ints, seed: int = 0
) -> Interval | None:
    """The interval of a smooth statistic of the sums of columns, by the jackknife: groups are left out one by one.

    The statistic takes many rows of sums at once, (rows, columns). No interval where a sum without one group has none.
    """
    names, members = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < FEWEST_GROUPS:
        return None
    sums = np.stack([np.bincount(members, weights=column) for column in columns.T], axis=1)  # (groups, columns)
    whole = float(statistic(sums.sum(axis=0, keepdims=True))[0])
    influences = (len(names) - 1) * (whole - statistic(sums.sum(axis=0) - sums))  # (groups,)
    if not np.isfinite(influences).all():
        return None
    return mean_interval(whole + influences - influences.mean(), np.arange(len(names)), seed)


def _group_sums(values: Floats, groups: Sequence[object] | Ints) -> _GroupSums | None:
    names, members = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < FEWEST_GROUPS:
        return None
    mean = float(values.mean())
    deviations = np.bincount(members, weights=values - mean).astype(np.float64)
    return _GroupSums(mean, deviations, np.bincount(members).astype(np.float64))


def _skewed_quantiles(sums: _GroupSums) -> Interval:
    """The quantiles of the studentised mean, from its skewness (Hall 1992, the cubic transformation)."""
    groups = len(sums.sizes)
    spread = math.sqrt(float(sums.deviations @ sums.deviations) / (groups - 1))
    skewness = float((sums.deviations**3).mean()) / spread**3 / math.sqrt(groups)
    quantile = float(t_distribution.ppf(_HIGH, groups - 1))
    return _skewed(-quantile, skewness), _skewed(quantile, skewness)


def _skewed(quantile: float, skewness: float) -> float:
    """The solution x of x + s x^2 / 3 + s^2 x^3 / 27 + s / 6 = quantile."""
    if abs(skewness) < 1e-9:
        return quantile
    return 3 / skewness * (float(np.cbrt(1 + skewness * (quantile - skewness / 6))) - 1)


def _resampled_quantiles(sums: _GroupSums, seed: int) -> Interval:
    """The quantiles of the studentised mean of groups that are drawn with replacement (bootstrap-t)."""
    groups = len(sums.sizes)
    drawn = np.random.default_rng(seed).integers(0, groups, (_DRAWS, groups))
    deviations, sizes = sums.deviations[drawn], sums.sizes[drawn]  # (draws, groups)
    means = deviations.sum(axis=1) / sizes.sum(axis=1)  # (draws,), less the mean of all
    rest = deviations - means[:, None] * sizes
    errors = np.sqrt((rest**2).sum(axis=1) * groups / (groups - 1)) / sizes.sum(axis=1)
    studentised = means[errors > 0] / errors[errors > 0]
    low, high = np.quantile(studentised, (_LOW, _HIGH))
    return float(low), float(high)
