"""Results of exams and of comparisons as a notebook reads them: frames, and a view of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from reports.numbers import number
from vlitqa.api.notebook import table_as_html
from vlitqa.results.comparison import MEAN_EXAM, Comparison, ComparisonStatistics, ExamFigure, QualityFigure
from vlitqa.results.exams import ExamResult

if TYPE_CHECKING:
    import pandas

_UNKNOWN = "not known"


@dataclass(frozen=True, eq=False)
class EvaluationResult:
    """The marks of models in one benchmark."""

    benchmark: str
    """Its title."""
    results: tuple[ExamResult, ...]
    """One for each model: headline, breakdown, coverage."""

    @property
    def figures(self) -> pandas.DataFrame:
        """A row for each model and figure: its value and the ends of its interval; the headline first."""
        import pandas

        rows = [
            [result.model, figure.name, figure.value, *(figure.interval or (None, None)), figure.measured]
            for result in self.results
            for figure in (result.headline, *result.breakdown)
        ]
        return pandas.DataFrame(rows, columns=["model", "figure", "value", "low", "high", "questions"])

    def __repr__(self) -> str:
        lines = [f"{result.model}: {result.headline.name} {_shown(result.headline.value)}" for result in self.results]
        return "\n".join([self.benchmark, *lines])

    def _repr_html_(self) -> str:
        rows = [
            (result.model, result.headline.name, _shown(result.headline.value), f"{result.headline.measured:,}")
            for result in self.results
        ]
        return table_as_html(("model", "headline", "value", "questions"), rows, self.benchmark)


@dataclass(frozen=True, eq=False)
class ComparisonResult:
    """A comparison of datasets by the models that learned from them."""

    folder: Path
    page: Path
    comparison: Comparison = field(repr=False)
    statistics: ComparisonStatistics = field(repr=False)

    @property
    def exams(self) -> pandas.DataFrame:
        """A row for each dataset, model, seed and exam, with its value and why there is none."""
        return _frame_of(ExamFigure, self.comparison.figures)

    @property
    def quality(self) -> pandas.DataFrame:
        """A row for each dataset and measure of its quality."""
        return _frame_of(QualityFigure, self.comparison.quality)

    def _repr_html_(self) -> str:
        """The mean exam of each dataset and model, over seeds."""
        exams = self.exams
        means = exams[exams["exam"] == MEAN_EXAM].groupby(["dataset", "model"])["value"].mean()
        models, datasets = self.comparison.models, [dataset.name for dataset in self.comparison.datasets]
        shown = {key: f"{value:.1f}" for key, value in means.dropna().items()}
        rows = [(name, *(shown.get((name, model), _UNKNOWN) for model in models)) for name in datasets]
        return table_as_html(("mean exam, in percent", *models), rows, note=f"Page: {self.page}")


def _frame_of(kind: type[ExamFigure] | type[QualityFigure], figures: Sequence[object]) -> pandas.DataFrame:
    """A row for each figure, a column for each of its fields."""
    import pandas

    names = [one.name for one in fields(kind)]
    return pandas.DataFrame([[getattr(figure, name) for name in names] for figure in figures], columns=names)


def _shown(value: float | None) -> str:
    return _UNKNOWN if value is None else number(value)
