"""The results of models in exams, and the agreement of raters, where they are kept beside the dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.blocks import Block, Cell, Fold, Grid, Notice
from reports.numbers import ARROWS, interval, number
from vlitqa.results import Figure
from vlitqa.results.agreement import FEW_DATASETS, Agreement, Correlation, QualityCorrelations, RaterAgreement
from vlitqa.results.exams import ExamResult
from vlitqa.runs.finished import FinishedRun

title = "Exams"
_COLUMNS = ("model", "benchmark", "rules", "figure", "", "value", "95 % interval", "answered")
_QUIRK_COLUMNS = ("model", "benchmark", "rules", "peculiarity", "answers")
_FORM_COLUMNS = ("form", "ICC", "95 % interval", "Koo & Li")


def build(run: FinishedRun) -> Sequence[Block]:
    """The blocks of exams and agreement; none where neither is kept beside the run."""
    blocks: list[Block] = []
    if run.exams:
        blocks.append(Grid("results of models", _COLUMNS, tuple(map(_headline_cells, run.exams))))
        blocks += [
            Notice(f"{result.model}, {result.benchmark} ({result.rules}): {remark}.")
            for result in run.exams
            for remark in result.remarks
        ]
        parts = tuple(row for result in run.exams for row in _part_cells(result))
        quirks = tuple(row for result in run.exams for row in _quirk_cells(result))
        if parts:
            blocks.append(Fold("results by part of the benchmark", (Grid("", _COLUMNS[:-1], parts),)))
        if quirks:
            blocks.append(Fold("peculiarities of questions and answers", (Grid("", _QUIRK_COLUMNS, quirks),)))
    if isinstance(run.agreement, RaterAgreement):
        blocks.append(_agreement_grid(run.agreement))
    if isinstance(run.agreement, QualityCorrelations):
        blocks.append(_correlation_grid(run.agreement))
    return blocks


def _headline_cells(result: ExamResult) -> tuple[Cell, ...]:
    coverage = result.coverage
    answered = f"{coverage.answered:,} of {coverage.questions:,}"
    return (result.model, result.benchmark, result.rules, *_figure_cells(result.headline), answered)


def _part_cells(result: ExamResult) -> Iterator[tuple[Cell, ...]]:
    for figure in result.breakdown:
        yield (result.model, result.benchmark, result.rules, *_figure_cells(figure))


def _quirk_cells(result: ExamResult) -> Iterator[tuple[Cell, ...]]:
    for quirk, count in result.quirks.items():
        yield (result.model, result.benchmark, result.rules, quirk, count)


def _figure_cells(figure: Figure) -> tuple[Cell, ...]:
    head = (figure.name, ARROWS[figure.direction])
    if figure.value is None:
        return (*head, f"not measured: {figure.reason}", "")
    return (*head, f"{number(figure.value)} {figure.unit}".strip(), interval(figure))


def _agreement_grid(result: RaterAgreement) -> Grid:
    rows = tuple(
        (form.form, _value_cell(form), _interval_cell(form.interval), form.word or form.reason)
        for form in result.agreement
    )
    return Grid(f"agreement of {len(result.raters)} raters", _FORM_COLUMNS, rows)


def _correlation_grid(result: QualityCorrelations) -> Grid:
    rows = tuple(
        (pair.first, pair.second, pair.n, _value_cell(pair), pair.p, pair.p_holm) for pair in result.correlations
    )
    columns = ("quality", "exam", "datasets", result.method, "p", "p (Holm)")
    few = result.fewest_datasets < FEW_DATASETS
    note = "p by permutation." + (" With so few datasets hardly any correlation differs from chance." if few else "")
    return Grid("correlation of quality with exams", columns, rows, note)


def _value_cell(measure: Agreement | Correlation) -> Cell:
    return measure.value if measure.value is not None else f"n/a: {measure.reason}"


def _interval_cell(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f"[{number(ends[0])}, {number(ends[1])}]"
