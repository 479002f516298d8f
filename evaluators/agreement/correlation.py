"""Correlation of one number of datasets with another, by three methods, honest about how few datasets there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from scipy.stats import false_discovery_control, norm, rankdata
from scipy.stats import t as t_distribution

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.counted import counted
from vlitqa.results.agreement import Correlation

METHODS = ("pearson", "spearman", "kendall")
_FEWEST = 4
_EXACT = 8
"""Datasets of which every order is tried: 40,320."""
_DRAWS = 10_000
_ROUNDING = 1e-9
"""Correlations closer than this are the same, whatever rounding made of them."""


@dataclass(frozen=True, slots=True)
class Column:
    """One number of every dataset; NaN where a dataset has none."""

    name: str
    values: Floats


def correlations(
    datasets: Sequence[str], firsts: Sequence[Column], seconds: Sequence[Column], method: str, seed: int = 0
) -> list[Correlation]:
    """Correlates each column of the first kind with each of the second; p is corrected for the number of pairs."""
    pairs = [_correlate(datasets, first, second, method, seed) for first in firsts for second in seconds]
    measured = [place for place, pair in enumerate(pairs) if pair.p is not None]
    p = [pairs[place].p or 0.0 for place in measured]
    for place, holm, bh in zip(measured, holm_corrected(p), bh_corrected(p), strict=True):
        pairs[place] = replace(pairs[place], p_holm=holm, p_bh=bh)
    return pairs


def stars(p: float | None) -> str:
    """Stars as in the review's Table 15: for 1 %, 5 % and 10 %."""
    levels = ((0.01, "***"), (0.05, "**"), (0.1, "*"))
    return "" if p is None else next((stars for level, stars in levels if p < level), "")


def holm_corrected(p: Sequence[float]) -> list[float]:
    """Holm 1979: bounds the chance that any pair is called real and is not. scipy has no such correction."""
    count, corrected, largest = len(p), [0.0] * len(p), 0.0
    for rank, place in enumerate(np.argsort(p, kind="stable")):
        largest = max(largest, min(1.0, (count - rank) * p[place]))
        corrected[place] = largest
    return corrected


def bh_corrected(p: Sequence[float]) -> list[float]:
    """Benjamini & Hochberg 1995: bounds the share of the pairs called real that are not."""
    corrected: list[float] = false_discovery_control(p).tolist() if p else []
    return corrected


def _correlate(datasets: Sequence[str], first: Column, second: Column, method: str, seed: int) -> Correlation:
    has_both = np.isfinite(first.values) & np.isfinite(second.values)
    x, y = first.values[has_both], second.values[has_both]
    pair = Correlation(first.name, second.name, method, n=len(x))
    if len(x) < _FEWEST:
        return replace(pair, reason=f"{counted(len(x), 'dataset')} with both values, and {_FEWEST} are needed")
    constant = [column.name for column, values in ((first, x), (second, y)) if np.ptp(values) == 0]
    if constant:
        return replace(pair, reason=f"{' and '.join(constant)} never changes")
    value = _coefficients(method, x[None], y)[0]
    names = [name for name, is_kept in zip(datasets, has_both, strict=True) if is_kept]
    return replace(
        pair,
        value=value,
        interval=_fisher_interval(value, len(x)) if method == "pearson" else None,
        p=_permutation_p(method, x, y, value, seed),
        p_parametric=_parametric_p(method, x, y, value),
        without=tuple((name, _coefficient_without(method, x, y, place)) for place, name in enumerate(names)),
    )


def _coefficients(method: str, rows: Floats, y: Floats) -> list[float]:
    """The correlation of y with each of some rows, all of which hold the same values in some order."""
    if method == "kendall":
        left, right = np.triu_indices(len(y), 1)
        a, b = np.sign(rows[:, left] - rows[:, right]), np.sign(y[left] - y[right])
    else:
        a, b = (rows, y) if method == "pearson" else (rankdata(rows, axis=1), rankdata(y))
        a, b = a - a.mean(axis=1, keepdims=True), b - b.mean()
    scale = np.sqrt((a[0] ** 2).sum() * (b**2).sum())
    return [max(-1.0, min(1.0, float(value))) for value in a @ b / scale]


def _coefficient_without(method: str, x: Floats, y: Floats, place: int) -> float | None:
    """The correlation without one dataset; None where the others are too few or one column is constant."""
    rest_x, rest_y = np.delete(x, place), np.delete(y, place)
    if len(rest_x) < _FEWEST - 1 or np.ptp(rest_x) == 0 or np.ptp(rest_y) == 0:
        return None
    return _coefficients(method, rest_x[None], rest_y)[0]


def _permutation_p(method: str, x: Floats, y: Floats, value: float, seed: int) -> float:
    """The share of orders of one column whose correlation is as far from 0; the real order counts among drawn ones."""
    if len(x) <= _EXACT:
        orders = np.array(list(permutations(range(len(x)))))
        return float(np.mean(np.abs(_coefficients(method, x[orders], y)) >= abs(value) - _ROUNDING))
    generator = np.random.default_rng(seed)
    orders = generator.permuted(np.tile(np.arange(len(x)), (_DRAWS, 1)), axis=1)
    as_far = int((np.abs(_coefficients(method, x[orders], y)) >= abs(value) - _ROUNDING).sum())
    return (as_far + 1) / (_DRAWS + 1)


def _parametric_p(method: str, x: Floats, y: Floats, value: float) -> float:
    """The p of large samples: by Student's t, and for Kendall's tau by the normal distribution with ties."""
    if method == "kendall":
        return _kendall_p(x, y, value)
    if abs(value) > 1 - _ROUNDING:
        return 0.0
    n = len(x)
    return float(2 * t_distribution.sf(abs(value) * math.sqrt((n - 2) / (1 - value**2)), n - 2))


def _kendall_p(x: Floats, y: Floats, tau: float) -> float:
    """Kendall 1970, with the variance that ties leave."""
    n = len(x)
    tied = [np.unique(values, return_counts=True)[1].astype(float) for values in (x, y)]
    tied_pairs = [float((count * (count - 1)).sum()) for count in tied]
    tied_triples = [float((count * (count - 1) * (count - 2)).sum()) for count in tied]
    tied_variance = sum(float((count * (count - 1) * (2 * count + 5)).sum()) for count in tied)
    pairs = n * (n - 1.0)
    variance = (pairs * (2 * n + 5) - tied_variance) / 18 + tied_pairs[0] * tied_pairs[1] / (2 * pairs)
    variance += tied_triples[0] * tied_triples[1] / (9 * pairs * (n - 2))
    score = tau * math.sqrt((pairs - tied_pairs[0]) * (pairs - tied_pairs[1])) / 2
    return float(2 * norm.sf(abs(score) / math.sqrt(variance)))


def _fisher_interval(value: float, n: int) -> tuple[float, float] | None:
    if n <= 3 or abs(value) > 1 - _ROUNDING:
        return None
    middle, half = math.atanh(value), float(norm.ppf(0.975)) / math.sqrt(n - 3)
    return (math.tanh(middle - half), math.tanh(middle + half))
