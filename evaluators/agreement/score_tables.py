"""Tables of scores that users have: ratings of targets by raters, or the quality and exams of each dataset."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluators.agreement.correlation import Column
from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.counted import counted
from vlitqa.containers.stream import read_whole
from vlitqa.errors import UsageError

_CAP = 64 << 20
"""Bytes that a table of scores may have, unpacked."""
_RATING = ("target", "rater", "score")
_QUALITY, _EXAM = "quality:", "exam:"
"""Beginnings of the headings of both kinds of columns."""
_DELIMITERS = ",\t;"
_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d{1,2}|\d{4,})$")
"""A decimal as many languages write it; with three digits it may be a thousand, and is no number."""
_GAPS = frozenset(("", "-", "–", "na", "n/a", "nan", "none", "null"))


@dataclass(frozen=True, slots=True)
class Ratings:
    """The scores that every rater gave to every target."""

    targets: tuple[str, ...]
    raters: tuple[str, ...]
    scores: Floats
    """# (targets, raters)"""


@dataclass(frozen=True, slots=True)
class DatasetScores:
    """One row for each dataset: its quality, and the exams of models that learned from it."""

    datasets: tuple[str, ...]
    quality: tuple[Column, ...]
    exams: tuple[Column, ...]


def read_score_table(path: Path, quality: Sequence[str] = (), exams: Sequence[str] = ()) -> Ratings | DatasetScores:
    """Reads ratings by their three headings, any other table by the columns that are named or whose headings say it."""
    headings, rows = _read(path)
    lower_case = [heading.lower() for heading in headings]
    if set(_RATING) <= set(lower_case):
        return _ratings(path, lower_case, rows)
    return _dataset_scores(path, headings, rows, (quality, exams))


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = read_whole(path, _CAP).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no UTF-8 text.", repair="Save it as CSV in UTF-8.") from None
    tables = [rows for delimiter in _DELIMITERS if (rows := _cells(text, delimiter)) is not None]
    if not tables:
        raise UsageError(f"{path} is no CSV (a quote is not closed).", repair="Save it as CSV in UTF-8.")
    rows = max(tables, key=_evenness)
    if len(rows) < 2:
        raise UsageError(f"{path} has no rows below its headings.", repair="Give one row for each rating or dataset.")
    headings = [cell.strip() for cell in rows[0]]
    if repeated := {heading for heading in headings if headings.count(heading) > 1}:
        raise UsageError(f"{path} has two columns {sorted(repeated)[0]!r}.", repair="Give each its own name.")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(headings):
            raise UsageError(
                f"{path}, line {number}: {counted(len(row), 'cell')} below {counted(len(headings), 'heading')}.",
                repair="Quote cells that hold the delimiter.",
            )
    return headings, [[cell.strip() for cell in row] for row in rows[1:]]


def _cells(text: str, delimiter: str) -> list[list[str]] | None:
    """The rows that hold anything, or None where the quotes do not fit the delimiter."""
    rows = csv.reader(text.splitlines(), delimiter=delimiter, strict=True)
    try:
        return [row for row in rows if any(cell.strip() for cell in row)]
    except csv.Error:
        return None


def _evenness(rows: list[list[str]]) -> tuple[bool, int]:
    """True if all rows have as many cells, more than one; and the number of headings."""
    widths = {len(row) for row in rows}
    return len(widths) == 1 and widths != {1}, len(rows[0]) if rows else 0


def _ratings(path: Path, headings: list[str], rows: list[list[str]]) -> Ratings:
    places = [headings.index(name) for name in _RATING]
    scores: dict[tuple[str, str], float] = {}
    for number, row in enumerate(rows, 2):
        target, rater, cell = (row[place] for place in places)
        if (target, rater) in scores:
            raise UsageError(
                f"{path}, line {number}: a second score of {target!r} by {rater!r}.",
                repair="Keep one, or take their mean.",
            )
        scores[target, rater] = _number(path, number, "score", cell)
    targets = tuple(dict.fromkeys(target for target, _ in scores))
    raters = tuple(dict.fromkeys(rater for _, rater in scores))
    _refuse_gaps(path, [(t, r) for t in targets for r in raters if math.isnan(scores.get((t, r), math.nan))])
    return Ratings(targets, raters, np.array([[scores[target, rater] for rater in raters] for target in targets]))


def _refuse_gaps(path: Path, gaps: list[tuple[str, str]]) -> None:
    if gaps:
        target, rater = gaps[0]
        more = f", and so many more: {len(gaps) - 1}" if len(gaps) > 1 else ""
        raise UsageError(
            f"{path}: {rater!r} has no score of {target!r}{more}.",
            repair="Leave out the target or the rater: agreement needs a score of each by each.",
        )


def _dataset_scores(
    path: Path, headings: list[str], rows: list[list[str]], named: tuple[Sequence[str], Sequence[str]]
) -> DatasetScores:
    chosen = []
    for names, prefix in zip(named, (_QUALITY, _EXAM), strict=True):
        if unknown := [name for name in names if name not in headings]:
            raise UsageError(f"{path} has no column {unknown[0]!r}.", repair=f"Its columns are {', '.join(headings)}.")
        chosen.append([*names] or [heading for heading in headings if heading.startswith(prefix)])
    if not all(chosen):
        raise UsageError(
            f"{path} does not say which columns are the quality of data and which are exams.",
            repair=f"Begin their headings with `{_QUALITY}` and `{_EXAM}`, or name them: --quality MD,ID "
            f"--exams SEED,MME. A table of ratings has the columns {', '.join(_RATING)}.",
        )
    quality, exams = (
        tuple(Column(name.removeprefix(prefix), _numbers(path, headings, rows, name)) for name in names)
        for names, prefix in zip(chosen, (_QUALITY, _EXAM), strict=True)
    )
    label = next((place for place, name in enumerate(headings) if name not in (*chosen[0], *chosen[1])), None)
    datasets = tuple(f"row {number}" if label is None else row[label] for number, row in enumerate(rows, 1))
    return DatasetScores(datasets, quality, exams)


def _numbers(path: Path, headings: list[str], rows: list[list[str]], name: str) -> Floats:
    place = headings.index(name)
    return np.array([_number(path, number, name, row[place]) for number, row in enumerate(rows, 2)])


def _number(path: Path, line: int, name: str, cell: str) -> float:
    """The number in a cell; NaN for a gap."""
    if cell.lower() in _GAPS:
        return math.nan
    try:
        value = float(_DECIMAL_COMMA.sub(r"\1.\2", cell.removesuffix("%")))
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise UsageError(f"{path}, line {line}: {name} is {cell!r}, which is no number.", repair="Leave gaps empty.")
    return value
