"""The two tables of datasets, as the review's Tables 3 and 4: by exams of the models, and by quality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.blocks import Block, Cell, Fold, Grid, Notations, Quantity
from reports.comparison_view import ComparisonView, ExamMean
from reports.numbers import ARROWS, number
from reports.written_tables import as_csv, as_latex, as_markdown
from vlitqa.results.comparison import MEAN_EXAM, QualityFigure

title = "Datasets by exams and by quality"
_BEST = "best"
_LACKING = "–"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A number of a dataset as all notations write it."""

    value: float
    text: str
    note: str = ""

    @property
    def written(self) -> str:
        """The number and its spread or interval in one line."""
        return f"{self.text} {self.note}".strip()


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of numbers, of which the best may stand out."""

    name: str
    entries: tuple[_Entry | None, ...]
    direction: str

    @property
    def best(self) -> float | None:
        """The best of its values; None where no direction is better, or where all are the same."""
        values = [entry.value for entry in self.entries if entry]
        if self.direction == "none" or len(set(values)) < 2:
            return None
        return max(values) if self.direction == "up" else min(values)


def build(view: ComparisonView) -> Sequence[Block]:
    """Both tables, each in notations to paste."""
    blocks: list[Block] = []
    if view.comparison.figures:
        ranked_by = "the mean exam" if view.main_exam == MEAN_EXAM else view.main_exam
        note = (
            f"Means over models and seeds; ±: the standard deviation over seeds. The rank is that of {ranked_by}. A "
            "dataset on which a model has no exam has no mean over models."
        )
        blocks += _table(view, "datasets by exams", _exam_columns(view, view.benchmarks), note)
        blocks += _details(view)
    if view.metrics:
        note = (
            "↑ more is better, ↓ less is better; [ ]: the 95 % interval. A metric without a better direction has no "
            "best."
        )
        blocks += _table(view, "datasets by quality", _quality_columns(view), note, is_ranked=False)
    return blocks


def _details(view: ComparisonView) -> Iterator[Block]:
    """The parts of benchmarks, and the same table of each model alone."""
    if len(view.benchmarks) < len(view.comparison.exams):
        columns = _exam_columns(view, view.comparison.exams)
        yield Fold("with the parts of benchmarks", tuple(_table(view, "", columns, "")))
    if len(view.comparison.models) > 1:
        for model in view.comparison.models:
            columns = _exam_columns(view, view.benchmarks, model)
            yield Fold(f"{model} alone", tuple(_table(view, f"datasets by exams of {model}", columns, "")))


def _table(
    view: ComparisonView, heading: str, columns: Sequence[_Column], note: str, *, is_ranked: bool = True
) -> list[Block]:
    """A table with the best of each column, and the same to paste."""
    ranked_by = next((column for column in columns if column.name == view.main_exam and is_ranked), None)
    ranks = _ranks(ranked_by)
    shown = tuple(
        (name, *(_cell(column, place) for column in columns), *((ranks[place],) if ranks else ()))
        for place, name in enumerate(view.datasets)
    )
    headings = (f"{column.name} {ARROWS[column.direction]}".strip() for column in columns)
    names = ("dataset", *headings, *(("rank",) if ranks else ()))
    plain = [
        [name, *(_written(column.entries[place]) for column in columns), *([_rank_text(ranks[place])] if ranks else [])]
        for place, name in enumerate(view.datasets)
    ]
    bold = {
        (place, number_of)
        for number_of, column in enumerate(columns, 1)
        for place, entry in enumerate(column.entries)
        if entry and entry.value == column.best
    }
    texts = (
        ("LaTeX", as_latex(names, plain, None, bold)),
        ("Markdown", as_markdown(names, plain, None, bold)),
        ("CSV", as_csv(names, [[name, *map(_bare, cells)] for name, *cells in plain])),
    )
    return [Grid(heading, names, shown, note), Notations(texts)]


def _cell(column: _Column, place: int) -> Cell:
    entry = column.entries[place]
    if entry is None:
        return None
    return Quantity(entry.value, entry.note, text=entry.text, mark=_BEST if entry.value == column.best else "")


def _written(entry: _Entry | None) -> str:
    return entry.written if entry else _LACKING


def _bare(cell: str) -> str:
    """A cell for a sheet, which leaves empty what is lacking."""
    return "" if cell == _LACKING else cell


def _ranks(column: _Column | None) -> tuple[int | None, ...]:
    """The rank of each dataset by a column, 1 for the best; empty where there is no column."""
    if column is None:
        return ()
    values = [entry.value for entry in column.entries if entry]
    return tuple(1 + sum(value > entry.value for value in values) if entry else None for entry in column.entries)


def _rank_text(rank: int | None) -> str:
    return _LACKING if rank is None else str(rank)


def _exam_columns(view: ComparisonView, exams: Sequence[str], model: str = "") -> list[_Column]:
    columns = []
    for exam in exams:
        means = [view.exam_mean(dataset, exam, model) for dataset in view.datasets]
        digits = _decimals([mean.value for mean in means if mean])
        columns.append(_Column(exam, tuple(_exam_entry(mean, digits) for mean in means), "up"))
    return columns


def _exam_entry(mean: ExamMean | None, digits: int) -> _Entry | None:
    if mean is None:
        return None
    spread = "" if mean.spread is None else f"± {mean.spread:.{digits}f}"
    return _Entry(mean.value, f"{mean.value:.{digits}f}", spread)


def _decimals(values: Sequence[float]) -> int:
    """The decimals of a column: three significant digits of shares, fewer of large numbers."""
    largest = max(map(abs, values), default=0.0)
    return 3 if largest < 10 else 2 if largest < 100 else 1


def _quality_columns(view: ComparisonView) -> list[_Column]:
    return [
        _Column(
            metric,
            tuple(_quality_entry(view.quality.get((dataset, metric))) for dataset in view.datasets),
            view.directions[metric],
        )
        for metric in view.metrics
    ]


def _quality_entry(figure: QualityFigure | None) -> _Entry | None:
    if figure is None or figure.value is None:
        return None
    ends = "" if figure.interval is None else f"[{number(figure.interval[0])}, {number(figure.interval[1])}]"
    return _Entry(figure.value, number(figure.value), ends)
