"""What models reached in exams, and whether raters agree, where that is kept beside the dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.blocks import Block, Cell, Fold, Grid
from reports.numbers import ARROWS, interval, number
from vlitqa.results import Figure
from vlitqa.results.exams import ExamResult
from vlitqa.runs.finished import Run

title = "Exams"
_COLUMNS = ("model", "benchmark", "rules", "figure", "", "value", "95 % interval", "answered")
_FEW = 8
"""Datasets below which a correlation says little."""
_QUIRKS = ("model", "benchmark", "rules", "what is odd", "answers")


def build(run: Run) -> Sequence[Block]:
    blocks: list[Block] = []
    if run.exams:
        blocks.append(Grid("what models reached", _COLUMNS, tuple(map(_headline, run.exams))))
        parts = tuple(row for result in run.exams for row in _parts(result))
        odd = tuple(
            (result.model, result.benchmark, result.rules, quirk, count)
            for result in run.exams
            for quirk, count in result.quirks.items()
        )
        if parts:
            blocks.append(Fold("the parts of each exam", (Grid("", _COLUMNS[:-1], parts),)))
        if odd:
            blocks.append(Fold("what is odd about questions and answers", (Grid("", _QUIRKS, odd),)))
    if "agreement" in run.agreement:
        blocks.append(_agreement(run.agreement))
    if "correlations" in run.agreement:
        blocks.append(_correlations(run.agreement))
    return blocks


def _headline(result: ExamResult) -> tuple[Cell, ...]:
    coverage = result.coverage
    answered = f"{coverage.answered:,} of {coverage.questions:,}"
    return (result.model, result.benchmark, result.rules, *_cells(result.headline), answered)


def _parts(result: ExamResult) -> Iterator[tuple[Cell, ...]]:
    for figure in result.breakdown:
        yield (result.model, result.benchmark, result.rules, *_cells(figure))


def _cells(figure: Figure) -> tuple[Cell, ...]:
    head = (figure.name, ARROWS[figure.direction])
    if figure.value is None:
        return (*head, f"not measured: {figure.reason}", "")
    return (*head, f"{number(figure.value)} {figure.unit}".strip(), interval(figure))


def _agreement(found: Mapping[str, Any]) -> Grid:
    rows = tuple(
        (each["form"], _value(each), _interval(each["interval"]), each["word"] or each["reason"])
        for each in found["agreement"]
    )
    return Grid(f"how {len(found['raters'])} raters agree", ("form", "ICC", "95 % interval", "Koo & Li"), rows)


def _correlations(found: Mapping[str, Any]) -> Grid:
    rows = tuple(
        (each["first"], each["second"], each["n"], _value(each), each["p"], each["p_holm"])
        for each in found["correlations"]
    )
    columns = ("quality", "exam", "datasets", found["method"], "p", "p (Holm)")
    few = min((each["n"] for each in found["correlations"]), default=0) < _FEW
    note = "p by permutation." + (" Of so few datasets hardly any correlation can be told from chance." if few else "")
    return Grid("whether quality goes with exams", columns, rows, note)


def _value(found: Mapping[str, Any]) -> Cell:
    value: float | None = found["value"]
    return value if value is not None else f"n/a: {found['reason']}"


def _interval(found: Sequence[float] | None) -> str:
    return "" if found is None else f"[{number(found[0])}, {number(found[1])}]"
