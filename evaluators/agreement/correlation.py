"""Correlation of one number of datasets with another, by three methods, honest about how few datasets there are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import permutations

import numpy as np
from scipy.stats import false_discovery_control, norm, rankdata
from scipy.stats import t as t_distribution

from vlitqa.algorithms.arrays import Floats, Ints
from vlitqa.algorithms.counted import counted
from vlitqa.results.agreement import FEWEST_DATASETS, Correlation

METHODS = ("pearson", "spearman", "kendall")
_EXACT = 8
"""Datasets of which every order is tried: 40,320."""
_DRAWS = 10_000
_ROUNDING = 1e-9
"""Correlations closer than this are the same, whatever rounding made of them."""
_Permuted = Callable[[tuple[float, ...]], Floats]


@dataclass(frozen=True, slots=True)
class Column:
    """One number of every dataset; NaN where a dataset has none."""

    name: str
    values: Floats


def correlations(
    datasets: Sequence[str], firsts: Sequence[Column], seconds: Sequence[Column], method: str, seed: int = 0
) -> list[Correlation]:
    """Correlates each column of the first kind with each of the second; p is corrected for the number of pairs."""
    permuted = lru_cache(maxsize=1)(partial(_permuted, method, seed))  # one column meets all of the second kind in turn
    pairs = [_correlate(datasets, (first, second), method, permuted) for first in firsts for second in seconds]
    measured = [place for place, pair in enumerate(pairs) if pair.p is not None]
    p = [pairs[place].p or 0.0 for place in measured]
    for place, holm, bh in zip(measured, holm_corrected(p), bh_corrected(p), strict=True):
        pairs[place] = replace(pairs[place], p_holm=holm, p_bh=bh)
    return pairs


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


def coefficient(method: str, x: Floats, y: Floats) -> float:
    """The correlation of two columns without gaps, neither of which is constant."""
    a, b = _deviations(method, x), _deviations(method, y)
    return max(-1.0, min(1.0, float(a @ b / np.sqrt((a @ a) * (b @ b)))))


def why_too_few(datasets: int, fewest: int = FEWEST_DATASETS) -> str:
    """The reason why so few datasets have no correlation."""
    return f"{counted(datasets, 'dataset')} with both values, and {fewest} are needed"


def student_p(value: float, freedom: int) -> float:
    """The p of a correlation by Student's t."""
    if abs(value) > 1 - _ROUNDING:
        return 0.0
    return float(2 * t_distribution.sf(abs(value) * math.sqrt(freedom / (1 - value**2)), freedom))


def fisher_interval(value: float, n: int, method: str = "pearson") -> tuple[float, float] | None:
    """The 95 % interval of a correlation of n pairs by Fisher's z; None for too few pairs, and for a perfect one.

    The variances of rank correlations are those of Bonett & Wright (2000).
    """
    variance, lost = {"spearman": (1 + value**2 / 2, 3), "kendall": (0.437, 4)}.get(method, (1.0, 3))
    if n <= lost or abs(value) > 1 - _ROUNDING:
        return None
    middle, half = math.atanh(value), float(norm.ppf(0.975)) * math.sqrt(variance / (n - lost))
    return (math.tanh(middle - half), math.tanh(middle + half))


def _correlate(
    datasets: Sequence[str], columns: tuple[Column, Column], method: str, permuted: _Permuted
) -> Correlation:
    first, second = columns
    has_both = np.isfinite(first.values) & np.isfinite(second.values)
    x, y = first.values[has_both], second.values[has_both]
    pair = Correlation(first.name, second.name, method, n=len(x))
    if len(x) < FEWEST_DATASETS:
        return replace(pair, reason=why_too_few(len(x)))
    constant = [column.name for column, values in ((first, x), (second, y)) if np.ptp(values) == 0]
    if constant:
        return replace(pair, reason=f"{' and '.join(constant)} never changes")
    value = coefficient(method, x, y)
    names = [name for name, is_kept in zip(datasets, has_both, strict=True) if is_kept]
    return replace(
        pair,
        value=value,
        interval=fisher_interval(value, len(x), method),
        p=_permutation_p(method, x, y, permuted),
        p_parametric=_kendall_p(x, y, value) if method == "kendall" else student_p(value, len(x) - 2),
        without=tuple((name, _coefficient_without(method, x, y, place)) for place, name in enumerate(names)),
    )


def _deviations(method: str, values: Floats) -> Floats:
    """What coefficients multiply: for Kendall the signs of pairs of datasets, else the distances from the mean."""
    if method == "kendall":
        left, right = np.triu_indices(len(values), 1)
        signs: Floats = np.sign(values[left] - values[right])
        return signs
    numbers: Floats = rankdata(values) if method == "spearman" else values
    centred: Floats = numbers - numbers.mean()
    return centred


def _coefficient_without(method: str, x: Floats, y: Floats, place: int) -> float | None:
    """The correlation without one dataset; None where the others are too few or one column is constant."""
    rest_x, rest_y = np.delete(x, place), np.delete(y, place)
    if len(rest_x) < FEWEST_DATASETS - 1 or np.ptp(rest_x) == 0 or np.ptp(rest_y) == 0:
        return None
    return coefficient(method, rest_x, rest_y)


def _permutation_p(method: str, x: Floats, y: Floats, permuted: _Permuted) -> float:
    """The share of orders of one column whose correlation is as far from 0; the real order counts among drawn ones."""
    a, b = _deviations(method, x), _deviations(method, y)
    products = permuted(tuple(x.tolist())) @ b  # (orders,)
    least = abs(a @ b) - _ROUNDING * np.sqrt((a @ a) * (b @ b))
    as_far = int((np.abs(products) >= least).sum())
    return as_far / len(products) if len(x) <= _EXACT else (as_far + 1) / (len(products) + 1)


def _permuted(method: str, seed: int, values: tuple[float, ...]) -> Floats:
    """The deviations of one column in every order, or in drawn ones.  # (orders, datasets or pairs of them)"""
    x, orders = np.array(values), _orders(len(values), seed)
    if method != "kendall":
        return _deviations(method, x)[orders]
    left, right = np.triu_indices(len(x), 1)
    signs: Floats = np.sign(x[:, None] - x)[orders[:, left], orders[:, right]]
    return signs


@lru_cache(maxsize=8)
def _orders(n: int, seed: int) -> Ints:
    """Every order of up to 8 datasets, or 10,000 drawn ones of more.  # (orders, datasets)"""
    if n <= _EXACT:
        return np.array(list(permutations(range(n))))
    return np.random.default_rng(seed).permuted(np.tile(np.arange(n), (_DRAWS, 1)), axis=1)


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
