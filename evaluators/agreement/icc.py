"""Whether raters agree on targets: the intraclass correlation in its six forms, each with its interval and its test.

McGraw & Wong 1996 name ten forms; where raters are a sample or all there are, the numbers are the same, so six remain.
Intervals and tests of the agreement forms follow their Table 7, as R's `irr` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import f as f_distribution

from vlitqa.results.agreement import Agreement

Floats = np.ndarray[Any, np.dtype[np.float64]]

FORMS = {
    "ICC(1,1)": "one rating, each by any rater",
    "ICC(A,1)": "one rating, agreement in value",
    "ICC(C,1)": "one rating, agreement in order and distance",
    "ICC(1,k)": "mean of all ratings, each by any rater",
    "ICC(A,k)": "mean of all ratings, agreement in value",
    "ICC(C,k)": "mean of all ratings, agreement in order and distance",
}
"""In Shrout & Fleiss 1979: ICC(1,1), (2,1), (3,1), (1,k), (2,k), (3,k)."""
_UPPER = 0.975
_WORDS = ((0.5, "poor"), (0.75, "moderate"), (0.9, "good"), (float("inf"), "excellent"))
"""Koo & Li 2016."""


@dataclass(frozen=True, slots=True)
class _Squares:
    """Mean squares of n targets by k raters: between targets, between raters, within targets, and the rest."""

    n: int
    k: int
    rows: float
    columns: float
    within: float
    rest: float


def agreement(scores: Floats) -> tuple[Agreement, ...]:
    """All forms, of a table without gaps.  # (targets, raters)"""
    targets, raters = scores.shape
    if targets < 2 or raters < 2:
        return _none(f"{targets} targets and {raters} raters are too few: two of each at least")
    if np.ptp(scores) == 0:
        return _none("every score is the same")
    squares = _squares(scores)
    if not max(squares.rows, squares.rest):
        return _none("every target has the same scores")
    return tuple(_FORMS[form](form, squares) for form in FORMS)


def word_of(interval: tuple[float, float]) -> str:
    """Koo & Li's word for an interval; two where it spans several."""
    low, high = (next(word for bound, word in _WORDS if end < bound) for end in interval)
    return low if low == high else f"{low} to {high}"


def _none(reason: str) -> tuple[Agreement, ...]:
    return tuple(Agreement(form, None, reason=reason) for form in FORMS)


def _squares(scores: Floats) -> _Squares:
    n, k = scores.shape
    whole = scores - scores.mean()
    rows = k * float((whole.mean(axis=1) ** 2).sum())
    columns = n * float((whole.mean(axis=0) ** 2).sum())
    rest = whole - whole.mean(axis=1, keepdims=True) - whole.mean(axis=0, keepdims=True)
    left = float((rest**2).sum())
    left = 0.0 if left < 1e-12 * float((whole**2).sum()) else left  # what rounding leaves of nothing
    return _Squares(
        n, k, rows / (n - 1), columns / (k - 1), (columns + left) / (n * (k - 1)), left / ((n - 1) * (k - 1))
    )


def _one_way(form: str, found: _Squares) -> Agreement:
    return _by_ratio(form, found, found.within, found.n * (found.k - 1))


def _consistent(form: str, found: _Squares) -> Agreement:
    return _by_ratio(form, found, found.rest, (found.n - 1) * (found.k - 1))


def _by_ratio(form: str, found: _Squares, error: float, freedom: float) -> Agreement:
    """A form whose interval follows from that of F."""
    is_mean = form.endswith("k)")
    value = (found.rows - error) / (found.rows if is_mean else found.rows + (found.k - 1) * error)
    if not error:
        return Agreement(form, value, reason="no two raters differ: no interval")
    ratio, first = found.rows / error, found.n - 1
    ends = (ratio / f_distribution.ppf(_UPPER, first, freedom), ratio * f_distribution.ppf(_UPPER, freedom, first))
    low, high = (1 - 1 / end if is_mean else (end - 1) / (end + found.k - 1) for end in ends)
    p = float(f_distribution.sf(ratio, first, freedom))
    return _told(form, value, (float(low), float(high)), (ratio, (first, freedom), p))


def _agreeing(form: str, found: _Squares) -> Agreement:
    """A form in which differences between raters count as errors; Satterthwaite's degrees of freedom."""
    n, k, rest = found.n, found.k, found.rest
    single = (found.rows - rest) / (found.rows + (k - 1) * rest + k * (found.columns - rest) / n)
    if not rest and not found.columns:
        return Agreement(form, 1.0, reason="no two raters differ: no interval")
    part = k * single / (n * (1 - single))
    share = 1 + k * single * (n - 1) / (n * (1 - single))
    errors = part * found.columns, share * rest
    freedom = sum(errors) ** 2 / (errors[0] ** 2 / (k - 1) + errors[1] ** 2 / ((n - 1) * (k - 1)))
    lower, upper = f_distribution.ppf(_UPPER, n - 1, freedom), f_distribution.ppf(_UPPER, freedom, n - 1)
    noise = k * found.columns + (k * n - k - n) * rest
    low = n * (found.rows - lower * rest) / (lower * noise + n * found.rows)
    high = n * (upper * found.rows - rest) / (noise + n * upper * found.rows)
    value, ends = single, (float(low), float(high))
    if form.endswith("k)"):
        value, low, high = (k * each / (1 + (k - 1) * each) for each in (single, *ends))
        ends = (float(low), float(high))
    if not rest:
        return _told(form, value, ends, None)
    ratio = found.rows / rest
    return _told(form, value, ends, (ratio, (n - 1, freedom), float(f_distribution.sf(ratio, n - 1, freedom))))


def _told(
    form: str, value: float, ends: tuple[float, float], test: tuple[float, tuple[float, float], float] | None
) -> Agreement:
    f, freedom, p = test or (None, None, None)
    return Agreement(form, float(value), interval=ends, f=f, freedom=freedom, p=p, word=word_of(ends))


_FORMS: dict[str, Callable[[str, _Squares], Agreement]] = {
    "ICC(1,1)": _one_way,
    "ICC(A,1)": _agreeing,
    "ICC(C,1)": _consistent,
    "ICC(1,k)": _one_way,
    "ICC(A,k)": _agreeing,
    "ICC(C,k)": _consistent,
}
