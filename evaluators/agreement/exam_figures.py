"""Exam figures that somebody else made: a table with one row for each figure."""

from __future__ import annotations

import math
from pathlib import Path

from evaluators.agreement.csv_table import CsvTable, read_csv_table
from vlitqa.errors import UsageError
from vlitqa.results.comparison import ExamFigure

_NAMES = ("dataset", "model", "exam")
_COLUMNS = (*_NAMES, "value")


def read_exam_figures(path: Path) -> tuple[ExamFigure, ...]:
    """Reads the columns dataset, model, exam, value and, where there is one, seed; a gap has no value."""
    table = read_csv_table(path).with_lower_case_headings()
    if missing := [name for name in _COLUMNS if name not in table.headings]:
        raise UsageError(
            f"{path} has no column {missing[0]!r}.",
            repair=f"Give one row for each figure, with the columns {', '.join(_COLUMNS)}, and seed if there are "
            f"several. Its columns are {', '.join(table.headings)}.",
        )
    lines: dict[tuple[str, str, str, int], int] = {}
    figures = []
    for line, names, seed, value in zip(table.lines, _names(table), _seeds(table), table.numbers("value"), strict=True):
        dataset, model, exam = names
        first = lines.setdefault((*names, seed), line)
        if first != line:
            raise UsageError(
                f"{table.where(line)}: a second figure of {exam!r} by {model!r}, tuned on {dataset!r} with seed "
                f"{seed}; the first is in line {first}.",
                repair="Keep one; or, if the model was tuned several times, say so in a column seed.",
            )
        is_gap = math.isnan(value)
        reason = f"{path.name} has no figure" if is_gap else ""
        figures.append(ExamFigure(dataset, model, seed, exam, None if is_gap else value, reason=reason))
    return tuple(figures)


def _names(table: CsvTable) -> list[tuple[str, str, str]]:
    columns = [table.texts(heading) for heading in _NAMES]
    for heading, cells in zip(_NAMES, columns, strict=True):
        if "" in cells:
            line = table.lines[cells.index("")]
            raise UsageError(f"{table.where(line)}: no {heading}.", repair=f"Name its {heading}.")
    return list(zip(*columns, strict=True))


def _seeds(table: CsvTable) -> list[int]:
    """The whole numbers below `seed`; 0 where there is no such column."""
    if "seed" not in table.headings:
        return [0] * len(table.rows)
    cells = table.texts("seed")
    for line, cell in zip(table.lines, cells, strict=True):
        if not (cell.isascii() and cell.isdigit()):
            raise UsageError(
                f"{table.where(line)}: seed is {cell!r}, which is no whole number.",
                repair="Number the seeds 0, 1, 2; without a column seed there is one.",
            )
    return [int(cell) for cell in cells]
