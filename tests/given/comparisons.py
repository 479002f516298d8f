"""Comparisons of datasets, from arrays of their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.results.comparison import ComparedDataset, Comparison, ExamFigure, QualityFigure


def comparison_of(
    figures: Floats, quality: Mapping[str, Sequence[float]], exams: Sequence[str] | None = None
) -> Comparison:
    """A comparison of datasets a, b, c; NaN is a figure that is missing.  # (datasets, models, seeds, exams)"""
    datasets = tuple(ComparedDataset(name=chr(ord("a") + place), rows=100) for place in range(figures.shape[0]))
    models, seeds = tuple(f"model {place}" for place in range(figures.shape[1])), tuple(range(figures.shape[2]))
    names = tuple(exams or (f"exam {place}" for place in range(figures.shape[3])))
    return Comparison(
        title="A test",
        datasets=datasets,
        models=models,
        seeds=seeds,
        exams=names,
        quality=tuple(
            QualityFigure(dataset.name, metric, _value(value), direction="up")
            for metric, values in quality.items()
            for dataset, value in zip(datasets, values, strict=True)
        ),
        figures=tuple(
            ExamFigure(datasets[place[0]].name, models[place[1]], seeds[place[2]], names[place[3]], _value(value))
            for place, value in np.ndenumerate(figures)
        ),
    )


def with_datasets(comparison: Comparison, **changes: Mapping[str, object]) -> Comparison:
    """The same comparison with fields of some datasets, by their names, changed."""
    datasets = [replace(dataset, **changes.get(dataset.name, {})) for dataset in comparison.datasets]  # type: ignore[arg-type]
    return replace(comparison, datasets=tuple(datasets))


def _value(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
