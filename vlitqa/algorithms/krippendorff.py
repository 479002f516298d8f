"""Krippendorff's alpha: how far raters agree beyond chance, whoever rated what (Hayes and Krippendorff, 2007)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vlitqa.algorithms.arrays import Floats

Level = Literal["nominal", "ordinal", "interval", "ratio"]
_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Alpha:
    """An alpha with its interval, or the reason why there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    percent: float | None = None
    """The share of pairs of ratings of one item that are equal; alpha says how much of it is no chance."""
    items: int = 0
    """Items that two or more raters rated."""


def krippendorff_alpha(ratings: Floats, level: Level, *, seed: int = 0, resamples: int = _RESAMPLES) -> Alpha:
    """The alpha of ratings, with a 95 % interval by resampling items.  # (raters, items), NaN where nobody rated

    None with a reason where no item has two ratings, or where all ratings are equal.
    """
    values, counts = _counts_of(ratings)
    if not len(counts):
        return Alpha(None, reason="no item was rated by two people")
    percent = _percent_of(counts)
    alpha = _alpha_of(values, counts, level)
    if alpha is None:
        return Alpha(None, reason="all ratings are equal", percent=percent, items=len(counts))
    generator = np.random.default_rng(seed)
    drawn = (counts[generator.integers(0, len(counts), len(counts))] for _ in range(resamples))
    alphas = [one for sample in drawn if (one := _alpha_of(values, sample, level)) is not None]
    low, high = np.quantile(alphas, (0.025, 0.975)).tolist() if alphas else (None, None)
    return Alpha(alpha, low, high, percent=percent, items=len(counts))


def _counts_of(ratings: Floats) -> tuple[Floats, Floats]:
    """The values that occur, and how often each was given to each item of two ratings or more.  # (items, values)"""
    paired = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    values = np.unique(paired[~np.isnan(paired)])
    counts = (paired[:, :, None] == values).sum(axis=0).astype(np.float64)
    return values, counts


def _percent_of(counts: Floats) -> float:
    """The mean over items of the share of pairs of ratings that are equal."""
    raters = counts.sum(axis=1)
    return float(((counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))).mean())


def _alpha_of(values: Floats, counts: Floats, level: Level) -> float | None:
    raters = counts.sum(axis=1)  # (items,)
    pairs = counts.T @ (counts / (raters - 1)[:, None]) - np.diag((counts / (raters - 1)[:, None]).sum(axis=0))
    totals = pairs.sum(axis=1)  # (values,)
    distances = _DISTANCES[level](values, totals)  # (values, values)
    expected = float(totals @ distances @ totals)
    if expected == 0:
        return None
    return 1.0 - float(totals.sum() - 1) * float((pairs * distances).sum()) / expected


def _nominal(values: Floats, _totals: Floats) -> Floats:
    distances: Floats = (values[:, None] != values).astype(np.float64)
    return distances


def _ordinal(_values: Floats, totals: Floats) -> Floats:
    """Squares of the number of ratings between two values, half of their own included."""
    centres = np.cumsum(totals) - totals / 2
    distances: Floats = (centres[:, None] - centres) ** 2
    return distances


def _interval(values: Floats, _totals: Floats) -> Floats:
    distances: Floats = (values[:, None] - values) ** 2
    return distances


def _ratio(values: Floats, _totals: Floats) -> Floats:
    sums = values[:, None] + values
    distances: Floats = ((values[:, None] - values) / np.where(sums == 0, 1.0, sums)) ** 2
    return distances


_DISTANCES: Mapping[Level, Callable[[Floats, Floats], Floats]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}
