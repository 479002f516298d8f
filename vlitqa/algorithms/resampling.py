"""Confidence intervals by resampling: the cluster bootstrap for means, subsampling for counts.

A mean may be resampled with replacement (the bootstrap). A count of clusters, of labels or of different n-grams may
not: copies make density where there was none and repeat what was single, so that the value of a resample says nothing
about that of a sample. Counts are taken of smaller samples without replacement instead (m-out-of-n subsampling).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from vlitqa.algorithms.arrays import Floats, Ints

BOOTSTRAP_DRAWS = 2000
FEWEST_DRAWS = 20
_FEWEST_GROUPS = 4
_LOW, _HIGH = 0.025, 0.975
"""The quantiles that bound a 95% interval."""
_CHUNK = 1 << 22
"""Numbers that are drawn in one go."""


@dataclass(frozen=True, slots=True)
class SubsampledCount:
    """A count at a fixed sample size."""

    mean: float
    sd: float | None
    """The standard deviation of the count of one sample of that size, freshly drawn from the source."""
    interval: tuple[float, float] | None
    """The 95% interval of the mean count of such samples."""


def grouped_mean_interval(
    values: Sequence[float] | Floats, groups: Sequence[object] | Ints, seed: int, draws: int = BOOTSTRAP_DRAWS
) -> tuple[float, float] | None:
    """The 95% percentile interval of a mean by the cluster bootstrap, which draws whole groups; None for under four."""
    columns = np.stack([np.asarray(values, np.float64), np.ones(len(values))], axis=1)
    return grouped_interval(lambda sums: sums[:, 0] / sums[:, 1], columns, groups, seed, draws)


def grouped_interval(
    statistic: Callable[[Floats], Floats],
    columns: Floats,
    groups: Sequence[object] | Ints,
    seed: int,
    draws: int = BOOTSTRAP_DRAWS,
) -> tuple[float, float] | None:
    """The 95% percentile interval, by the cluster bootstrap, of a statistic of the sums of columns.

    Values of one image or one conversation depend on each other: if they are alike, they are worth one value only.
    The statistic takes the sums of many draws at once, (draws, columns); where it is nan, anything may be.
    """
    names, members = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < _FEWEST_GROUPS:
        return None
    sums = np.stack([np.bincount(members, weights=column) for column in columns.T], axis=1)  # (groups, columns)
    generator = np.random.default_rng(seed)
    step = max(1, _CHUNK // len(names))
    parts = []
    for start in range(0, draws, step):
        drawn = generator.integers(0, len(names), (min(step, draws - start), len(names)))  # (step, groups)
        parts.append(statistic(np.stack([column[drawn].sum(axis=1) for column in sums.T], axis=1)))
    return percentile_interval(np.concatenate(parts))


def percentile_interval(values: Floats) -> tuple[float, float]:
    """Bounds 95 % of the values of a statistic in many draws; where one is nan, it may be anything."""
    is_unknown = np.isnan(values)
    low = np.quantile(np.where(is_unknown, -np.inf, values), _LOW, method="lower")
    high = np.quantile(np.where(is_unknown, np.inf, values), _HIGH, method="higher")
    return (float(low), float(high))


def subsample(count: Callable[[Ints], float], size: int, m: int, draws: int, seed: int) -> SubsampledCount | None:
    """Counts m of `size` records, drawn without replacement `draws` times; None if there are fewer.

    `count` is called with the places of the drawn records. The variance v of its values says:

    - Draws from a pool vary less than samples of the source do, by the factor 1 - m / size; a sample's variance is
      therefore v / (1 - m / size).
    - The mean over all possible draws is a value of the whole pool, and varies from pool to pool with m / size of that:
      v m / (size - m). This is the delete-d jackknife with d = size - m (Shao and Wu 1989).
    - The mean over some draws adds its own v / draws.

    All of it holds for a count to which every record adds its part, and nearly so for one that hangs on a few records
    at a time. Beyond half of the pool the draws overlap too much to say anything of the source: no sd, no interval.
    """
    if draws < FEWEST_DRAWS or m < 1:
        raise ValueError(f"at least {FEWEST_DRAWS} draws of at least one record are needed")
    if m > size:
        return None
    if m == size:
        return SubsampledCount(float(count(np.arange(size))), None, None)
    generator = np.random.default_rng(seed)
    values = np.array([count(generator.choice(size, m, replace=False)) for _ in range(draws)], np.float64)
    mean = float(values.mean())
    if 2 * m > size:
        return SubsampledCount(mean, None, None)
    variance = float(values.var(ddof=1))
    error = _student_quantile(draws - 1) * (variance * m / (size - m) + variance / draws) ** 0.5
    return SubsampledCount(mean, (variance / (1 - m / size)) ** 0.5, (mean - error, mean + error))


def _student_quantile(freedom: int) -> float:
    """The 97.5% quantile of Student's t, right to three decimals from 19 degrees of freedom on (Abramowitz, 26.7.5)."""
    z = NormalDist().inv_cdf(_HIGH)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
