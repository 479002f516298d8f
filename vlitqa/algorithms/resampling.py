"""Counts at an equal size, with intervals, by draws without replacement (m-out-of-n subsampling).

A count of clusters, of labels or of different n-grams may not be resampled with replacement (the bootstrap): copies
make density where there was none and repeat what was single, so that the value of a resample says nothing about that of
a sample. Counts are taken of smaller samples without replacement instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as t_distribution

from vlitqa.algorithms.arrays import Floats, Ints
from vlitqa.algorithms.intervals import FEWEST_GROUPS

BOOTSTRAP_DRAWS = 2000
DRAWS = 20
_LOW, _HIGH = 0.025, 0.975
"""The quantiles that bound a 95% interval."""


@dataclass(frozen=True, slots=True)
class SubsampledCount:
    """A count at a fixed sample size."""

    mean: float
    interval: tuple[float, float] | None
    """The 95% interval of the mean count of such samples of the source."""


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The record and the image of every turn (or of whatever is drawn)."""

    records: Ints
    images: Ints
    """A record without an image is a group of its own."""

    def __len__(self) -> int:
        return len(self.records)


def percentile_interval(values: Floats) -> tuple[float, float]:
    """Bounds 95 % of the values of a statistic in many draws; where one is nan, it may be anything."""
    is_unknown = np.isnan(values)
    low = np.quantile(np.where(is_unknown, -np.inf, values), _LOW, method="lower")
    high = np.quantile(np.where(is_unknown, np.inf, values), _HIGH, method="higher")
    return (float(low), float(high))


def subsample(count: Callable[[Ints], float], grouping: Grouping, m: int, seed: int) -> SubsampledCount | None:
    """Counts m turns, drawn record by record without replacement, again and again; None if there are fewer.

    `count` is called with the places of the drawn turns. What records of one image have in common makes samples of the
    source differ more than records that stand alone would: the spread is that of draws of whole images.
    """
    size = len(grouping)
    if not 1 <= m <= size:
        return None
    if m == size:
        return SubsampledCount(float(count(np.arange(size))), None)
    by_records = _counts(count, grouping.records, m, seed)
    mean = float(by_records.mean())
    images = len(np.unique(grouping.images))
    if images < FEWEST_GROUPS:
        return SubsampledCount(mean, None)
    shares_images = images < len(np.unique(grouping.records))
    spread = _counts(count, grouping.images, m, seed) if shares_images else by_records
    return SubsampledCount(mean, interval_of_draws(mean, spread, m / size))


def interval_of_draws(mean: float, values: Floats, share: float) -> tuple[float, float] | None:
    """The 95% interval of the mean of draws that each hold a share of the pool; None for more than half of it.

    The variance v of their values says:

    - Draws from a pool vary less than samples of the source do, by the factor 1 - share; a sample's variance is
      therefore v / (1 - share).
    - The mean over all possible draws is a value of the whole pool, and varies from pool to pool with that times the
      share. This is the delete-d jackknife (Shao and Wu 1989).
    - The mean over some draws adds its own v / draws.

    All of it holds for a count to which every group adds its part, and nearly so for one that hangs on a few groups at
    a time. Beyond half of the pool the draws overlap too much to say anything of the source.
    """
    if 2 * share > 1:
        return None
    variance = float(values.var(ddof=1))
    quantile = float(t_distribution.ppf(_HIGH, len(values) - 1))
    error = quantile * (variance * share / (1 - share) + variance / len(values)) ** 0.5
    return (mean - error, mean + error)


def _counts(count: Callable[[Ints], float], groups: Ints, m: int, seed: int) -> Floats:
    """The counts of so many draws of whole groups in random order, the last of them cut."""
    generator = np.random.default_rng(seed)
    order = np.argsort(groups, kind="stable")
    _, firsts, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    values = []
    for _ in range(DRAWS):
        shuffled = generator.permutation(len(sizes))
        drawn = shuffled[: int(np.searchsorted(np.cumsum(sizes[shuffled]), m)) + 1]
        within = np.arange(int(sizes[drawn].sum())) - np.repeat(np.cumsum(sizes[drawn]) - sizes[drawn], sizes[drawn])
        values.append(count(order[np.repeat(firsts[drawn], sizes[drawn]) + within][:m]))
    return np.array(values, np.float64)
