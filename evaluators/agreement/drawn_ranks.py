"""Statistics of the order of datasets, and their intervals from drawing the datasets anew.

A draw is how often it holds each dataset. A statistic of pairs of datasets is then a quadratic form of these counts,
and that of all draws is one product of matrices. A dataset drawn twice makes no pair with itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.resampling import BOOTSTRAP_DRAWS, percentile_interval
from vlitqa.results.agreement import FEWEST_DATASETS

_ROUNDING = 1e-9
"""An interval narrower than this has the width that rounding made."""


def pair_signs(values: Floats) -> Floats:
    """1 where the first dataset of a pair has more than the second, -1 where it has less.  # (datasets, datasets)"""
    signs: Floats = np.sign(values[:, None] - values)
    return signs


def rank_correlations(method: str, counts: Floats, first: Floats, second: Floats) -> Floats:
    """Spearman's or Kendall's (tau-b) correlation in each draw, of the signs of pairs; NaN where one never changes."""
    if method == "kendall":
        parts = [first * second, np.abs(first), np.abs(second)]
        product, *scales = (sums_of_pairs(counts, part) for part in parts)
    else:
        a, b = counts @ first.T, counts @ second.T  # twice the distance from the mean rank: (draws, datasets)
        product, *scales = ((counts * part).sum(axis=1) for part in (a * b, a * a, b * b))
    return ratios(product, np.sqrt(scales[0] * scales[1]))


def sums_of_pairs(counts: Floats, pairs: Floats) -> Floats:
    """The sum of a number of each pair of datasets, over the pairs of each draw.  # (draws,)"""
    sums: Floats = ((counts @ pairs) * counts).sum(axis=1)
    return sums


def ratios(parts: Floats, wholes: Floats) -> Floats:
    """Each part of its whole; NaN where there is nothing."""
    shares: Floats = np.divide(parts, wholes, out=np.full(len(parts), math.nan), where=wholes > 0)
    return shares


def drawn_interval(
    statistic: Callable[[Floats], Floats], datasets: int, bounds: tuple[float, float], seed: int
) -> tuple[float, float] | None:
    """The 95 % percentile interval of a statistic of drawn datasets, which lies within bounds.

    None for under four datasets, and where it has no width: where all pairs agree every draw does, and that says
    nothing of how sure it is. A draw that has no value may have any.
    """
    if datasets < FEWEST_DATASETS:
        return None
    low, high = percentile_interval(statistic(_draws(datasets, seed)))
    return None if high - low < _ROUNDING else (max(low, bounds[0]), min(high, bounds[1]))


@lru_cache(maxsize=8)
def _draws(datasets: int, seed: int) -> Floats:
    """How often each draw holds each dataset.  # (draws, datasets)"""
    generator = np.random.default_rng(seed)
    return generator.multinomial(datasets, [1 / datasets] * datasets, BOOTSTRAP_DRAWS).astype(np.float64)
