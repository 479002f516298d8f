"""The figures of a comparison as arrays: exams by dataset, model and seed, and the quality of datasets as columns."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from evaluators.agreement.correlation import Column
from vlitqa.algorithms.arrays import Floats
from vlitqa.results.comparison import Comparison

_DIGITS = 12
"""Means that are equal in so many digits are the same, whatever rounding made of them: then no order is read off."""


@dataclass(frozen=True, slots=True)
class ExamArray:
    """The exam figures of a comparison; NaN where there is none."""

    datasets: tuple[str, ...]
    models: tuple[str, ...]
    seeds: tuple[int, ...]
    _: KW_ONLY
    exams: tuple[str, ...]
    values: Floats
    """# (datasets, models, seeds, exams)"""

    def means_over_seeds(self, exam: str) -> Floats:
        """Means over the seeds that there are.  # (datasets, models)"""
        return _without_rounding(mean_of_present(self._of(exam), axis=2))

    def means_over_models(self, exam: str) -> Floats:
        """Means over models; NaN where one lacks the exam that has it elsewhere.  # (datasets, seeds)"""
        return _without_rounding(_mean_of_all(self._of(exam)))

    def means(self, exam: str) -> Floats:
        """Means over models of the means over seeds; NaN where a model lacks the exam that has it elsewhere."""
        return _without_rounding(_mean_of_all(mean_of_present(self._of(exam), axis=2)))

    def _of(self, exam: str) -> Floats:
        values: Floats = self.values[..., self.exams.index(exam)]
        return values


def exam_array(comparison: Comparison) -> ExamArray:
    """The figures of the datasets, models, seeds and exams that a comparison lists; any other is left out."""
    datasets = tuple(dataset.name for dataset in comparison.datasets)
    cells = (((f.dataset, f.model, f.seed, f.exam), f.value) for f in comparison.figures)
    values = _array((datasets, comparison.models, comparison.seeds, comparison.exams), cells)
    return ExamArray(datasets, comparison.models, comparison.seeds, exams=comparison.exams, values=values)


def quality_columns(comparison: Comparison) -> tuple[Column, ...]:
    """One column for each metric, in the order in which the comparison names them; NaN where there is no figure."""
    metrics = list(dict.fromkeys(figure.metric for figure in comparison.quality))
    cells = (((figure.dataset, figure.metric), figure.value) for figure in comparison.quality)
    values = _array(([dataset.name for dataset in comparison.datasets], metrics), cells)  # (datasets, metrics)
    return tuple(Column(metric, values[:, place]) for place, metric in enumerate(metrics))


def mean_of_present(values: Floats, axis: int) -> Floats:
    """The mean of the numbers along an axis; NaN where there is none."""
    is_present = np.isfinite(values)
    count = is_present.sum(axis=axis)
    total = np.where(is_present, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), math.nan)


def _mean_of_all(values: Floats) -> Floats:
    """The mean over models, by those that have a number anywhere; NaN where one of them has none.

    A mean over other models in one dataset than in the next would compare models.
    """
    takes_part = np.isfinite(values).any(axis=tuple(axis for axis in range(values.ndim) if axis != 1))
    rest = values[:, takes_part]
    means: Floats = rest.sum(axis=1) / (rest.shape[1] or math.nan)
    return means


def _array(axes: Sequence[Sequence[Hashable]], cells: Iterable[tuple[tuple[Hashable, ...], float | None]]) -> Floats:
    places = [{name: place for place, name in enumerate(axis)} for axis in axes]
    array = np.full([len(axis) for axis in axes], math.nan)
    filled = set()
    for names, value in cells:
        if not all(name in place for name, place in zip(names, places, strict=True)):
            continue
        if names in filled:
            raise ValueError(f"a comparison has two figures of {', '.join(map(str, names))}")
        filled.add(names)
        if value is not None and math.isfinite(value):
            array[tuple(place[name] for name, place in zip(names, places, strict=True))] = value
    return array


def _without_rounding(means: Floats) -> Floats:
    scale = float(np.max(np.abs(means), initial=0.0, where=np.isfinite(means)))
    return np.round(means / scale, _DIGITS) * scale if scale else means
