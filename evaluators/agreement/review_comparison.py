"""The review's Tables 3 and 4 as a comparison, to stand beside comparisons of anybody's data."""

from __future__ import annotations

from evaluators.agreement import published
from vlitqa.results.comparison import ComparedDataset, Comparison, ExamFigure, QualityFigure

_CONTROLLED = "ours, with quality control"

_BALANCE = "Bal"
"""The one indicator of which the review calls less better."""


def review_comparison() -> Comparison:
    """Four datasets of which no size is known, three models, one seed; one of the datasets is part of another."""
    return Comparison(
        title="Vision-Language Instruction Tuning: A Review and Analysis",
        datasets=tuple(_dataset(name) for name in published.REVIEW_DATASETS),
        models=tuple(published.TABLE_3),
        seeds=(0,),
        exams=published.REVIEW_EXAMS,
        quality=tuple(
            _quality(dataset, indicator, value)
            for indicator, values in published.TABLE_4.items()
            for dataset, value in zip(published.REVIEW_DATASETS, values, strict=True)
        ),
        figures=tuple(
            ExamFigure(dataset, model, 0, exam, value)
            for model, rows in published.TABLE_3.items()
            for dataset, row in zip(published.REVIEW_DATASETS, rows, strict=True)
            for exam, value in zip(published.REVIEW_EXAMS, row, strict=True)
        ),
        methods={"source": "Li et al. 2023, Tables 3 and 4"},
    )


def _dataset(name: str) -> ComparedDataset:
    if name == _CONTROLLED:
        return ComparedDataset(name=name, rows=0, treatment="quality control", version_of="ours")
    return ComparedDataset(name=name, rows=0)


def _quality(dataset: str, indicator: str, value: float | None) -> QualityFigure:
    reason = "not legible in our copy of the paper" if value is None else ""
    return QualityFigure(dataset, indicator, value, direction="down" if indicator == _BALANCE else "up", reason=reason)
