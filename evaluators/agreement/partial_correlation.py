"""The correlation of a metric with an exam that is left when the size of datasets is held fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evaluators.agreement.correlation import Column, coefficient, fisher_interval, student_p, why_too_few
from vlitqa.algorithms.arrays import Floats
from vlitqa.results.agreement import FEWEST_DATASETS
from vlitqa.results.comparison import PartialCorrelation

_FEWEST = FEWEST_DATASETS + 1
"""The size takes one degree of freedom."""
_ROUNDING = 1e-9
"""A smaller share of a column is what rounding leaves of nothing."""


def partial_correlations(
    sizes: Floats, metrics: Sequence[Column], exams: Sequence[Column]
) -> tuple[PartialCorrelation, ...]:
    """Pearson's correlation of what a line through the sizes does not explain; none where no two sizes differ.

    A size that is not known is NaN, and its dataset is left out.
    """
    if len(np.unique(sizes[np.isfinite(sizes)])) < 2:
        return ()
    return tuple(_partial(metric, exam, sizes) for metric in metrics for exam in exams)


def _partial(metric: Column, exam: Column, sizes: Floats) -> PartialCorrelation:
    has_all = np.isfinite(metric.values) & np.isfinite(exam.values) & np.isfinite(sizes)
    n, size = int(has_all.sum()), sizes[has_all]
    pair = PartialCorrelation(metric=metric.name, exam=exam.name, value=None, n=n)
    if n < _FEWEST:
        return replace(pair, reason=why_too_few(n, _FEWEST))
    if np.ptp(size) == 0:
        return replace(pair, reason="the datasets that have both have one size")
    rests = []
    for column in (metric, exam):
        values = column.values[has_all]
        if np.ptp(values) == 0:
            return replace(pair, reason=f"{column.name} never changes")
        rest = _unexplained(values, size)
        if np.linalg.norm(rest) < _ROUNDING * np.linalg.norm(values - values.mean()):
            return replace(pair, reason=f"{column.name} follows from the size alone")
        rests.append(rest)
    value = coefficient("pearson", *rests)
    return replace(pair, value=value, interval=fisher_interval(value, n - 1), p=student_p(value, n - 3))


def _unexplained(values: Floats, size: Floats) -> Floats:
    centred, slope = values - values.mean(), size - size.mean()
    rest: Floats = centred - slope * (slope @ centred) / (slope @ slope)
    return rest
