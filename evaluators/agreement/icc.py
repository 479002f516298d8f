"""Agreement of raters on targets: the intraclass correlation in its six forms, each with its interval and its test.

McGraw & Wong 1996 name ten forms; where raters are a sample or all there are, the numbers are the same, so six remain.
Intervals and tests of the agreement forms follow their Table 7, as R's `irr` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace

import numpy as np
from scipy.stats import f as f_distribution

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.counted import counted
from vlitqa.results.agreement import Agreement

ICC_FORMS = {
    "ICC(1,1)": "one rating, each by any rater",
    "ICC(A,1)": "one rating, agreement in value",
    "ICC(C,1)": "one rating, agreement in order and distance",
    "ICC(1,k)": "mean of all ratings, each by any rater",
    "ICC(A,k)": "mean of all ratings, agreement in value",
    "ICC(C,k)": "mean of all ratings, agreement in order and distance",
}
"""In Shrout & Fleiss 1979: ICC(1,1), (2,1), (3,1), (1,k), (2,k), (3,k)."""
_UPPER = 0.975
_ROUNDING = 1e-12
"""A sum of squares that is a smaller share of the whole is what rounding leaves of nothing."""
_ONE_MEAN = "every target has the same mean"
_WORDS = ((0.5, "poor"), (0.75, "moderate"), (0.9, "good"), (float("inf"), "excellent"))
"""Koo & Li 2016."""


@dataclass(frozen=True, slots=True)
class _MeanSquares:
    """Mean squares of n targets by k raters."""

    n: int
    k: int
    _: KW_ONLY
    targets: float
    """Between targets."""
    raters: float
    """Between raters."""
    within: float
    """Within targets."""
    residual: float


@dataclass(frozen=True, slots=True)
class _Test:
    """F of the test that nothing but chance orders the targets."""

    f: float
    freedom: tuple[float, float]
    p: float


def intraclass_correlations(scores: Floats) -> tuple[Agreement, ...]:
    """All forms, of a table without gaps.  # (targets, raters)"""
    targets, raters = scores.shape
    if targets < 2 or raters < 2:
        return _without_value(f"{counted(targets, 'target')} by {counted(raters, 'rater')}, and two of each are needed")
    if np.ptp(scores) == 0:
        return _without_value("every score is the same")
    squares = _mean_squares(scores)
    if not max(squares.targets, squares.residual):
        return _without_value("every target has the same scores")
    return tuple(_FORMS[form](form, squares) for form in ICC_FORMS)


def word_of(interval: tuple[float, float]) -> str:
    """Koo & Li's word for an interval; two where it spans several."""
    low, high = (next(word for bound, word in _WORDS if end < bound) for end in interval)
    return low if low == high else f"{low} to {high}"


def _without_value(reason: str) -> tuple[Agreement, ...]:
    return tuple(Agreement(form, None, reason=reason) for form in ICC_FORMS)


def _mean_squares(scores: Floats) -> _MeanSquares:
    n, k = scores.shape
    centred = scores - scores.mean()
    left_over = centred - centred.mean(axis=1, keepdims=True) - centred.mean(axis=0, keepdims=True)
    sums = (
        k * float((centred.mean(axis=1) ** 2).sum()),
        n * float((centred.mean(axis=0) ** 2).sum()),
        float((left_over**2).sum()),
    )
    whole = float((centred**2).sum())
    targets, raters, residual = (0.0 if part < _ROUNDING * whole else part for part in sums)
    return _MeanSquares(
        n,
        k,
        targets=targets / (n - 1),
        raters=raters / (k - 1),
        within=(raters + residual) / (n * (k - 1)),
        residual=residual / ((n - 1) * (k - 1)),
    )


def _one_way(form: str, squares: _MeanSquares) -> Agreement:
    return _by_ratio(form, squares, squares.within, squares.n * (squares.k - 1))


def _consistent(form: str, squares: _MeanSquares) -> Agreement:
    return _by_ratio(form, squares, squares.residual, (squares.n - 1) * (squares.k - 1))


def _by_ratio(form: str, squares: _MeanSquares, error: float, error_freedom: float) -> Agreement:
    """A form whose interval follows from that of F."""
    is_mean = form.endswith("k)")
    if is_mean and not squares.targets:
        return Agreement(form, None, reason=_ONE_MEAN)
    value = (squares.targets - error) / (squares.targets if is_mean else squares.targets + (squares.k - 1) * error)
    if not error:
        return Agreement(form, value, reason="no two raters differ: no interval")
    f, freedom = squares.targets / error, squares.n - 1
    low_f = f / f_distribution.ppf(_UPPER, freedom, error_freedom)
    high_f = f * f_distribution.ppf(_UPPER, error_freedom, freedom)
    low, high = (1 - 1 / end if is_mean else (end - 1) / (end + squares.k - 1) for end in (low_f, high_f))
    test = _Test(f, (freedom, error_freedom), float(f_distribution.sf(f, freedom, error_freedom)))
    return _with_interval(form, value, (float(low), float(high)), test)


def _absolute(form: str, squares: _MeanSquares) -> Agreement:
    """A form in which differences between raters count as errors; Satterthwaite's degrees of freedom."""
    n, k, residual = squares.n, squares.k, squares.residual
    if not residual and not squares.raters:
        return Agreement(form, 1.0, reason="no two raters differ: no interval")
    if form.endswith("k)") and not squares.targets:
        return Agreement(form, None, reason=_ONE_MEAN)
    whole = squares.targets + (k - 1) * residual + k * (squares.raters - residual) / n
    if not whole:
        return Agreement(form, None, reason="its variances add up to 0")
    single = (squares.targets - residual) / whole
    freedom = _satterthwaite(squares, single)
    ends = _absolute_interval(squares, freedom)
    value = single
    if form.endswith("k)"):
        value, *ends = (_of_mean(of_one, k) for of_one in (single, *ends))
    if not all(map(math.isfinite, ends)):
        return Agreement(form, float(value), reason="no degrees of freedom are left: no interval")
    interval = (float(ends[0]), float(ends[1]))
    if not residual:
        return _with_interval(form, value, interval, None)
    f = squares.targets / residual
    test = _Test(f, (n - 1, freedom), float(f_distribution.sf(f, n - 1, freedom)))
    return _with_interval(form, value, interval, test)


def _of_mean(of_one: float, k: int) -> float:
    """Spearman & Brown: the agreement of the mean of k ratings."""
    return k * of_one / (1 + (k - 1) * of_one)


def _absolute_interval(squares: _MeanSquares, freedom: float) -> list[float]:
    """The interval of one rating's agreement in value; not finite where no degrees of freedom are left."""
    n, k, targets, residual = squares.n, squares.k, squares.targets, squares.residual
    lower, upper = f_distribution.ppf(_UPPER, n - 1, freedom), f_distribution.ppf(_UPPER, freedom, n - 1)
    noise = k * squares.raters + (k * n - k - n) * residual
    low = n * (targets - lower * residual) / (lower * noise + n * targets)
    high = n * (upper * targets - residual) / (noise + n * upper * targets)
    return [float(low), float(high)]


def _satterthwaite(squares: _MeanSquares, single: float) -> float:
    """The degrees of freedom of the error, of which raters and residual are parts; NaN where there is none."""
    n, k = squares.n, squares.k
    of_raters = k * single / (n * (1 - single)) * squares.raters
    of_residual = (1 + k * single * (n - 1) / (n * (1 - single))) * squares.residual
    parts = of_raters**2 / (k - 1) + of_residual**2 / ((n - 1) * (k - 1))
    return (of_raters + of_residual) ** 2 / parts if parts else math.nan


def _with_interval(form: str, value: float, interval: tuple[float, float], test: _Test | None) -> Agreement:
    agreement = Agreement(form, float(value), interval=interval, word=word_of(interval))
    return replace(agreement, f=test.f, freedom=test.freedom, p=test.p) if test else agreement


_FORMS: dict[str, Callable[[str, _MeanSquares], Agreement]] = {
    "ICC(1,1)": _one_way,
    "ICC(A,1)": _absolute,
    "ICC(C,1)": _consistent,
    "ICC(1,k)": _one_way,
    "ICC(A,k)": _absolute,
    "ICC(C,k)": _consistent,
}
