"""A comparison with its statistics, as the sections of its page look at it: means, spreads and names in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, stdev

from vlitqa.results.agreement import Correlation
from vlitqa.results.comparison import MEAN_EXAM, Comparison, ComparisonStatistics, ExamFigure, QualityFigure

SIGNIFICANT = 0.05
COEFFICIENTS = {"spearman": "Spearman's ρ", "kendall": "Kendall's τ", "pearson": "Pearson's r"}
"""By method, as a sentence names the number; the methods stand in the order in which the page prefers them."""


@dataclass(frozen=True, slots=True)
class ExamMean:
    """The mean of an exam over models and seeds, and its spread over seeds."""

    value: float
    seeds: int
    spread: float | None
    """The standard deviation over seeds; None where there is one seed alone, or where seeds lack models."""


@dataclass(frozen=True)
class ComparisonView:
    """A comparison and all that is computed from it."""

    comparison: Comparison
    statistics: ComparisonStatistics

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """The names of the datasets."""
        return tuple(dataset.name for dataset in self.comparison.datasets)

    @cached_property
    def size(self) -> str:
        """The size of the datasets in words, such as `2,000 rows each`; empty where none is known."""
        sizes = sorted({dataset.rows for dataset in self.comparison.datasets if dataset.rows})
        if not sizes:
            return ""
        return f"{sizes[0]:,} rows each" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,} rows"

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The metrics in the order in which they were given."""
        return tuple(dict.fromkeys(figure.metric for figure in self.comparison.quality))

    @cached_property
    def benchmarks(self) -> tuple[str, ...]:
        """The exams that are no part of another, the mean among them."""
        exams = self.comparison.exams
        return tuple(exam for exam in exams if not any(exam.startswith(f"{whole}: ") for whole in exams))

    @cached_property
    def main_exam(self) -> str:
        """The exam that the finding speaks of: the mean, or the first where there is no mean."""
        exams = self.comparison.exams
        return MEAN_EXAM if MEAN_EXAM in exams or not exams else exams[0]

    @cached_property
    def quality(self) -> Mapping[tuple[str, str], QualityFigure]:
        """By dataset and metric."""
        return {(figure.dataset, figure.metric): figure for figure in self.comparison.quality}

    @cached_property
    def directions(self) -> Mapping[str, str]:
        """By metric."""
        return {figure.metric: figure.direction for figure in self.comparison.quality}

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """The methods of correlation that were used, the preferred one first."""
        used = dict.fromkeys(pair.method for pair in self.statistics.correlations)
        return tuple(sorted(used, key=lambda method: (*COEFFICIENTS, method).index(method)))

    @cached_property
    def correlations(self) -> Mapping[str, Mapping[tuple[str, str], Correlation]]:
        """By method, and by metric and exam."""
        return {
            method: {(pair.first, pair.second): pair for pair in self.statistics.correlations if pair.method == method}
            for method in self.methods
        }

    @cached_property
    def _figures(self) -> Mapping[tuple[str, str], Sequence[ExamFigure]]:
        """By dataset and exam, those that have a value."""
        figures: dict[tuple[str, str], list[ExamFigure]] = {}
        for figure in self.comparison.figures:
            if figure.value is not None:
                figures.setdefault((figure.dataset, figure.exam), []).append(figure)
        return figures

    @cached_property
    def _examined(self) -> Mapping[str, frozenset[str]]:
        """By exam: the models that have a value in it for any dataset."""
        models: dict[str, set[str]] = {}
        for (_, exam), figures in self._figures.items():
            models.setdefault(exam, set()).update(figure.model for figure in figures)
        return {exam: frozenset(names) for exam, names in models.items()}

    def exam_mean(self, dataset: str, exam: str, model: str = "") -> ExamMean | None:
        """The mean over models, or of one model; None where a model lacks a value that it has for other datasets."""
        figures = [figure for figure in self._figures.get((dataset, exam), ()) if not model or figure.model == model]
        expected = frozenset((model,)) if model else self._examined.get(exam, frozenset())
        if not figures or {figure.model for figure in figures} != expected:
            return None
        by_model = _values_by(figures, [figure.model for figure in figures])
        by_seed = _values_by(figures, [str(figure.seed) for figure in figures])
        means = [fmean(values) for values in by_seed.values()]
        is_whole = len(means) > 1 and all(len(values) == len(expected) for values in by_seed.values())
        value = fmean(fmean(values) for values in by_model.values())
        return ExamMean(value, len(means), stdev(means) if is_whole else None)

    def of_exam(self, exam: str, method: str) -> tuple[Correlation, ...]:
        """The correlations of all metrics with an exam that have a value, the strongest first."""
        pairs = [pair for pair in self.correlations.get(method, {}).values() if pair.second == exam]
        return tuple(sorted(filter(_has_value, pairs), key=strength, reverse=True))


def strength(pair: Correlation) -> float:
    """How far a correlation is from none."""
    return abs(pair.value or 0.0)


def _has_value(pair: Correlation) -> bool:
    return pair.value is not None


def _values_by(figures: Iterable[ExamFigure], keys: Sequence[str]) -> Mapping[str, list[float]]:
    values: dict[str, list[float]] = {}
    for figure, key in zip(figures, keys, strict=True):
        if figure.value is not None:
            values.setdefault(key, []).append(figure.value)
    return values
