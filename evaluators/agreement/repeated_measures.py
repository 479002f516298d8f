"""The correlation of a metric with an exam within models: Bakdash and Marusich 2017.

Each model is a subject, and the datasets are its repetitions: every model has its own level, and all share one slope.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evaluators.agreement.correlation import coefficient, fisher_interval, student_p, why_too_few
from vlitqa.algorithms.arrays import Floats
from vlitqa.results.agreement import FEWEST_DATASETS
from vlitqa.results.comparison import RepeatedCorrelation


def repeated_correlation(metric: str, quality: Floats, exam: str, figures: Floats) -> RepeatedCorrelation:
    """Correlates the quality of datasets with the figures of models that learned from them.  # (datasets, models)

    A model takes part with the datasets that it has. Models that learned from one dataset are no independent witnesses
    of it, so that p and interval are too small where datasets differ in more than the metric.
    """
    pair = RepeatedCorrelation(metric=metric, exam=exam, value=None)
    has_both = np.isfinite(figures) & np.isfinite(quality)[:, None]
    datasets = int(has_both.any(axis=1).sum())
    if datasets < FEWEST_DATASETS:
        return replace(pair, reason=why_too_few(datasets))
    freedom = int(has_both.sum() - has_both.any(axis=0).sum()) - 1
    if freedom < FEWEST_DATASETS - 2:
        return replace(pair, reason="too few models have several datasets")
    within = [(quality[has], column[has]) for has, column in zip(has_both.T, figures.T, strict=True) if has.any()]
    constant = [name for place, name in enumerate((metric, exam)) if not any(np.ptp(part[place]) for part in within)]
    if constant:
        return replace(pair, reason=f"{' and '.join(constant)} never changes within a model")
    x, y = (np.concatenate([part[place] - part[place].mean() for part in within]) for place in (0, 1))
    value = coefficient("pearson", x, y)
    interval = fisher_interval(value, freedom + 2)
    return replace(pair, value=value, freedom=freedom, interval=interval, p=student_p(value, freedom))
