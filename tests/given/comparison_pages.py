"""Comparisons for pages: figures made by a formula, with correlations computed from them and the rest set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from math import nan
from statistics import fmean

import numpy as np

from evaluators.agreement.correlation import METHODS, Column, correlations
from evaluators.agreement.icc import intraclass_correlations
from tests.given.runs import HOSTILE
from vlitqa.results.agreement import Correlation, RaterAgreement
from vlitqa.results.comparison import (
    MEAN_EXAM,
    ComparedDataset,
    Comparison,
    ComparisonStatistics,
    ExamFigure,
    LearningCurve,
    NoiseCeiling,
    PairedOrder,
    PartialCorrelation,
    QualityFigure,
    RepeatedCorrelation,
    TreatmentEffect,
)

HOSTILE_NAMES = (*HOSTILE, "אבגדה.jsonl", "very-long-name-" * 12)
_MANY = 300


def noise(*key: object) -> float:
    """A number between -1 and 1 that looks drawn and is the same for the same key."""
    return int(sha256(repr(key).encode()).hexdigest()[:8], 16) / 2**31 - 1


def comparison(
    datasets: Sequence[str], metrics: int = 5, exams: int = 3, seeds: int = 3, models: Sequence[str] = ("one", "two")
) -> Comparison:
    """Datasets whose worth rises from first to last, metrics that see less and less of it, and exams that see it."""
    names = tuple(f"metric {number}" for number in range(1, metrics + 1))
    benchmarks = [f"exam {number}" for number in range(1, exams + 1)]
    parts = [f"{benchmarks[0]}: part {number}" for number in (1, 2)] if benchmarks else []
    columns = (MEAN_EXAM, *benchmarks[:1], *parts, *benchmarks[1:])
    worths = {name: place / max(len(datasets) - 1, 1) for place, name in enumerate(datasets)}
    quality = tuple(
        _quality_figure(name, metric, number, worth)
        for name, worth in worths.items()
        for number, metric in enumerate(names)
    )
    figures = []
    for name, worth in worths.items():
        for model in models:
            for seed in range(seeds):
                of_exams = {exam: 0.4 + 0.3 * worth + 0.06 * noise(name, model, seed, exam) for exam in columns[1:]}
                whole = {MEAN_EXAM: fmean(of_exams[exam] for exam in benchmarks), **of_exams}
                figures += [ExamFigure(name, model, seed, exam, round(value, 4)) for exam, value in whole.items()]
    tunings = [(name, model, seed) for name in datasets for model in models for seed in range(seeds)]
    curves = tuple(LearningCurve(name, model, seed, _losses(name, seed)) for name, model, seed in tunings)
    return Comparison(
        title="what we compared",
        datasets=tuple(ComparedDataset(name=name, rows=2_000) for name in datasets),
        models=tuple(models),
        seeds=tuple(range(seeds)),
        exams=columns,
        quality=quality,
        figures=tuple(figures),
        curves=curves,
        methods={"preset": "nano", "recipe": "200 steps of 32 records"},
    )


def _quality_figure(dataset: str, metric: str, number: int, worth: float) -> QualityFigure:
    value = round(worth * 0.5 + (0.1 + 0.12 * number) * noise(dataset, metric), 4)
    direction = ("up", "up", "none", "down")[number % 4]
    return QualityFigure(dataset, metric, value, direction=direction, interval=(value - 0.1, value + 0.1))


def _losses(dataset: str, seed: int) -> tuple[tuple[int, float], ...]:
    return tuple((step, 3 / (1 + step / 50) + 0.1 * noise(dataset, seed)) for step in range(1, 200, 9))


def with_gaps(whole: Comparison) -> Comparison:
    """The same with a tuning that failed, a metric that was not measured, and one that never changes."""
    last, constant = whole.datasets[-1].name, whole.quality[1].metric
    figures = tuple(
        replace(figure, value=None, reason="the tuning ran out of memory")
        if (figure.dataset, figure.model, figure.seed) == (last, whole.models[0], 0)
        else figure
        for figure in whole.figures
    )
    quality = tuple(
        replace(figure, value=None, interval=None, reason="no judge is reachable")
        if figure.metric == whole.quality[0].metric and figure.dataset != last
        else replace(figure, value=0.5)
        if figure.metric == constant
        else figure
        for figure in whole.quality
    )
    return replace(whole, figures=figures, quality=quality)


def with_treatments(whole: Comparison) -> Comparison:
    """The same, its last two datasets being what quality control kept of the first, and the control of that."""
    first, *middle, kept, control = whole.datasets
    kept = replace(kept, treatment="quality control", version_of=first.name)
    control = replace(control, treatment="random subset", version_of=first.name)
    return replace(whole, datasets=(first, *middle, kept, control))


def statistics_of(whole: Comparison) -> ComparisonStatistics:
    """Correlations and agreement as they are computed, and the other numbers as they might be."""
    names = [dataset.name for dataset in whole.datasets]
    metrics = list(dict.fromkeys(figure.metric for figure in whole.quality))
    pairs = [(metric, exam) for metric in metrics for exam in whole.exams]
    several = len(whole.seeds) > 1 and len(names) > 1
    return ComparisonStatistics(
        agreement_of_models={name: _of_models(whole, name) for name in names} if len(whole.models) > 1 else {},
        agreement_of_seeds={model: _of_seeds(whole, model) for model in whole.models} if several else {},
        correlations=_correlations(whole, metrics),
        repeated=tuple(
            RepeatedCorrelation(metric=metric, exam=exam, value=noise(metric, exam), freedom=9, p=0.04)
            for metric, exam in pairs
        ),
        partial=tuple(
            PartialCorrelation(metric=metric, exam=exam, value=None, reason="too few")
            for metric, exam in pairs[:2]
        ),
        orders=tuple(
            PairedOrder(metric=metric, exam=exam, agreeing=place % 7 + 3, pairs=12, interval=(0.2, 0.9))
            for place, (metric, exam) in enumerate(pairs)
        ) if len(names) > 1 else (),
        ceilings=tuple(_ceiling(exam, several=several) for exam in whole.exams),
        effects=tuple(
            TreatmentEffect(dataset=names[0], model=model, exam=exam, treated=0.031, control=-0.012,
                            interval=(0.01, 0.08) if several else None)
            for model in whole.models for exam in whole.exams
        ) if any(dataset.treatment for dataset in whole.datasets) else (),
    )  # fmt: skip


def _ceiling(exam: str, *, several: bool) -> NoiseCeiling:
    if not several:
        return NoiseCeiling(exam=exam, method="kendall", value=None, reason="one seed was tuned")
    return NoiseCeiling(exam=exam, method="kendall", value=0.81, interval=(0.6, 0.95), pairs_of_seeds=3)


def _correlations(whole: Comparison, metrics: Sequence[str]) -> tuple[Correlation, ...]:
    """As they are computed, or, of so many pairs that this would take minutes, as they might be."""
    names = [dataset.name for dataset in whole.datasets]
    pairs = [(metric, exam) for metric in metrics for exam in whole.exams]
    if len(pairs) > _MANY:
        return tuple(_invented(names, method, *pair) for method in METHODS for pair in pairs)
    quality, exams = _quality_columns(whole, metrics), _exam_columns(whole)
    return tuple(pair for method in METHODS for pair in correlations(names, quality, exams, method))


def _invented(names: Sequence[str], method: str, metric: str, exam: str) -> Correlation:
    value = noise(method, metric, exam)
    p = (1 - abs(value)) ** 2
    rests = tuple((name, 0.9 * value + 0.1 * noise(method, metric, exam, name)) for name in names)
    return Correlation(metric, exam, method, n=len(names), value=value, p=p, p_holm=p, p_bh=p, without=rests)


def _quality_columns(whole: Comparison, metrics: Sequence[str]) -> list[Column]:
    values = {(figure.dataset, figure.metric): figure.value for figure in whole.quality}
    return [
        Column(metric, np.array([_number(values.get((dataset.name, metric))) for dataset in whole.datasets]))
        for metric in metrics
    ]


def _exam_columns(whole: Comparison) -> list[Column]:
    return [
        Column(exam, np.array([_mean(whole, dataset.name, exam) for dataset in whole.datasets])) for exam in whole.exams
    ]


def _number(value: float | None) -> float:
    return nan if value is None else value


def _mean(whole: Comparison, dataset: str, exam: str, model: str = "", seed: int | None = None) -> float:
    values = [
        figure.value
        for figure in whole.figures
        if (figure.dataset, figure.exam) == (dataset, exam)
        and (not model or figure.model == model)
        and seed in (None, figure.seed)
        and figure.value is not None
    ]
    return fmean(values) if values else nan


def _of_models(whole: Comparison, dataset: str) -> RaterAgreement:
    table = np.array([[_mean(whole, dataset, exam, model) for model in whole.models] for exam in whole.exams[1:]])
    return RaterAgreement(len(table), whole.models, intraclass_correlations(table) if np.isfinite(table).all() else ())


def _of_seeds(whole: Comparison, model: str) -> RaterAgreement:
    rows = [(dataset.name, exam) for dataset in whole.datasets for exam in whole.exams[1:]]
    table = np.array([[_mean(whole, *row, model, seed) for seed in whole.seeds] for row in rows])
    table = table[np.isfinite(table).all(axis=1)]
    return RaterAgreement(len(table), tuple(f"seed {seed}" for seed in whole.seeds), intraclass_correlations(table))
