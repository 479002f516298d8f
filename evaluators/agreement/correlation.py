"""Whether one number of datasets goes with another: three correlations, honest about how few datasets there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np
from scipy.stats import norm, rankdata
from scipy.stats import t as t_distribution

from vlitqa.results.agreement import Correlation

Floats = np.ndarray[Any, np.dtype[np.float64]]

METHODS = ("pearson", "spearman", "kendall")
_FEWEST = 4
_EXACT = 8
"""Datasets of which every order is tried: 40,320."""
_DRAWS = 10_000
_SAME = 1e-9
"""Correlations closer than this are the same, whatever rounding made of them."""


@dataclass(frozen=True, slots=True)
class Column:
    """One number of every dataset; NaN where a dataset has none."""

    name: str
    values: Floats


def correlations(
    names: Sequence[str], firsts: Sequence[Column], seconds: Sequence[Column], method: str, seed: int = 0
) -> list[Correlation]:
    """Every column of the first kind with every one of the second, and p corrected for how many pairs there are."""
    found = [_correlation(names, first, second, method, seed) for first in firsts for second in seconds]
    known = [at for at, each in enumerate(found) if each.p is not None]
    p = [found[at].p or 0.0 for at in known]
    for at, holm, bh in zip(known, holm_corrected(p), bh_corrected(p), strict=True):
        found[at] = replace(found[at], p_holm=holm, p_bh=bh)
    return found


def stars(p: float | None) -> str:
    """As in the review's Table 15: 1 %, 5 % and 10 %."""
    return (
        "" if p is None else next((mark for bound, mark in ((0.01, "***"), (0.05, "**"), (0.1, "*")) if p < bound), "")
    )


def holm_corrected(p: Sequence[float]) -> list[float]:
    """Holm 1979: the chance that any of the pairs is called real and is not stays below."""
    count, found, worst = len(p), [0.0] * len(p), 0.0
    for rank, at in enumerate(np.argsort(p, kind="stable")):
        worst = max(worst, min(1.0, (count - rank) * p[at]))
        found[at] = worst
    return found


def bh_corrected(p: Sequence[float]) -> list[float]:
    """Benjamini & Hochberg 1995: the share of pairs that are called real and are not stays below."""
    count, found, best = len(p), [0.0] * len(p), 1.0
    order = np.argsort(p, kind="stable")
    for rank in range(count - 1, -1, -1):
        best = min(best, count / (rank + 1) * p[order[rank]])
        found[order[rank]] = best
    return found


def _correlation(names: Sequence[str], first: Column, second: Column, method: str, seed: int) -> Correlation:
    both = np.isfinite(first.values) & np.isfinite(second.values)
    x, y = first.values[both], second.values[both]
    made = Correlation(first.name, second.name, method, n=len(x))
    if len(x) < _FEWEST:
        return replace(made, reason=f"{len(x)} datasets have both: {_FEWEST} at least")
    flat = [column.name for column, values in ((first, x), (second, y)) if np.ptp(values) == 0]
    if flat:
        return replace(made, reason=f"{' and '.join(flat)} never changes")
    value = _values(method, x[None], y)[0]
    own = [name for name, known in zip(names, both, strict=True) if known]
    without = tuple((name, _without(method, x, y, at)) for at, name in enumerate(own))
    return replace(
        made,
        value=value,
        interval=_fisher(value, len(x)) if method == "pearson" else None,
        p=_permuted(method, x, y, value, seed),
        p_parametric=_parametric(method, value, x, y),
        without=without,
    )


def _values(method: str, rows: Floats, y: Floats) -> list[float]:
    """The correlation of y with each of some rows, all of which hold the same values in some order."""
    if method == "kendall":
        upper = np.triu_indices(len(y), 1)
        signs = np.sign(rows[:, upper[0]] - rows[:, upper[1]])
        own = np.sign(y[upper[0]] - y[upper[1]])
    else:
        signs, own = (rows, y) if method == "pearson" else (rankdata(rows, axis=1), rankdata(y))
        signs, own = signs - signs.mean(axis=1, keepdims=True), own - own.mean()
    scale = np.sqrt((signs[0] ** 2).sum() * (own**2).sum())
    return [max(-1.0, min(1.0, float(each))) for each in signs @ own / scale]


def _without(method: str, x: Floats, y: Floats, at: int) -> float | None:
    rest, others = np.delete(x, at), np.delete(y, at)
    if len(rest) < _FEWEST - 1 or np.ptp(rest) == 0 or np.ptp(others) == 0:
        return None
    return _values(method, rest[None], others)[0]


def _permuted(method: str, x: Floats, y: Floats, value: float, seed: int) -> float:
    """The share of orders of one column whose correlation is as far from 0; the real order counts among drawn ones."""
    if len(x) <= _EXACT:
        orders = np.array(list(permutations(range(len(x)))))
        return float(np.mean(np.abs(_values(method, x[orders], y)) >= abs(value) - _SAME))
    generator = np.random.default_rng(seed)
    orders = generator.permuted(np.tile(np.arange(len(x)), (_DRAWS, 1)), axis=1)
    beyond = int((np.abs(_values(method, x[orders], y)) >= abs(value) - _SAME).sum())
    return (beyond + 1) / (_DRAWS + 1)


def _parametric(method: str, value: float, x: Floats, y: Floats) -> float:
    """The p of large samples: Student's t, and for Kendall's tau the normal distribution with ties."""
    n = len(x)
    if method != "kendall":
        if abs(value) > 1 - _SAME:
            return 0.0
        return float(2 * t_distribution.sf(abs(value) * math.sqrt((n - 2) / (1 - value**2)), n - 2))
    tied = [np.unique(each, return_counts=True)[1].astype(float) for each in (x, y)]
    ties = [float((each * (each - 1)).sum()) for each in tied]
    triples = [float((each * (each - 1) * (each - 2)).sum()) for each in tied]
    more = [float((each * (each - 1) * (2 * each + 5)).sum()) for each in tied]
    pairs = n * (n - 1.0)
    variance = (pairs * (2 * n + 5) - sum(more)) / 18 + ties[0] * ties[1] / (2 * pairs)
    variance += triples[0] * triples[1] / (9 * pairs * (n - 2))
    apart = value * math.sqrt((pairs - ties[0]) * (pairs - ties[1])) / 2
    return float(2 * norm.sf(abs(apart) / math.sqrt(variance)))


def _fisher(value: float, n: int) -> tuple[float, float] | None:
    if n <= 3 or abs(value) > 1 - _SAME:
        return None
    middle, half = math.atanh(value), float(norm.ppf(0.975)) / math.sqrt(n - 3)
    return (math.tanh(middle - half), math.tanh(middle + half))
