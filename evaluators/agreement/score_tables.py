"""Tables of scores that users already have: who gave what to whom, or what each dataset is worth and how it fares."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.agreement.correlation import Column
from vlitqa.errors import UsageError

Floats = np.ndarray[Any, np.dtype[np.float64]]

RATING = ("target", "rater", "score")
QUALITY, EXAM = "quality:", "exam:"
"""How the headings of both kinds of columns may begin."""
_DELIMITERS = ",\t;"
_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d{1,2}|\d{4,})$")
"""How many languages write decimals; with three digits it may be a thousand, and is no number."""
_GAPS = frozenset(("", "-", "–", "na", "n/a", "nan", "none", "null"))


@dataclass(frozen=True, slots=True)
class Ratings:
    """What every rater gave to every target."""

    targets: tuple[str, ...]
    raters: tuple[str, ...]
    scores: Floats
    """# (targets, raters)"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row for each dataset: what it is worth, and how models fare that learned from it."""

    names: tuple[str, ...]
    quality: tuple[Column, ...]
    exams: tuple[Column, ...]


def read_table(path: Path, quality: Sequence[str] = (), exams: Sequence[str] = ()) -> Ratings | Comparison:
    """A table of ratings by its three headings, any other by the columns that are named or whose headings say it."""
    heads, rows = _read(path)
    small = [head.lower() for head in heads]
    if set(RATING) <= set(small):
        return _ratings(path, small, rows)
    return _comparison(path, heads, rows, (quality, exams))


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", repair="Name a CSV file.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no UTF-8 text.", repair="Save it as CSV in UTF-8.") from None
    try:
        rows = max((_cells(text, delimiter) for delimiter in _DELIMITERS), key=_evenness)
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV ({error}).", repair="Save it as CSV in UTF-8.") from None
    if len(rows) < 2:
        raise UsageError(f"{path} has no rows below its headings.", repair="Give one row for each rating or dataset.")
    heads = [cell.strip() for cell in rows[0]]
    if twins := {head for head in heads if heads.count(head) > 1}:
        raise UsageError(f"{path} has two columns {sorted(twins)[0]!r}.", repair="Give each its own name.")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(heads):
            raise UsageError(
                f"{path}, line {number}: {len(row)} cells below {len(heads)} headings.",
                repair="Quote cells that hold the delimiter.",
            )
    return heads, [[cell.strip() for cell in row] for row in rows[1:]]


def _cells(text: str, delimiter: str) -> list[list[str]]:
    rows = csv.reader(text.splitlines(), delimiter=delimiter)
    return [row for row in rows if any(cell.strip() for cell in row)]


def _evenness(rows: list[list[str]]) -> tuple[bool, int]:
    """Whether all rows have as many cells, more than one; and how many the headings have."""
    widths = {len(row) for row in rows}
    return len(widths) == 1 and widths != {1}, len(rows[0]) if rows else 0


def _ratings(path: Path, heads: list[str], rows: list[list[str]]) -> Ratings:
    at = [heads.index(name) for name in RATING]
    found: dict[tuple[str, str], float] = {}
    for number, row in enumerate(rows, 2):
        target, rater, cell = (row[place] for place in at)
        if (target, rater) in found:
            raise UsageError(
                f"{path}, line {number}: a second score of {target!r} by {rater!r}.",
                repair="Keep one, or take their mean yourself: which is meant is not for a program to guess.",
            )
        found[target, rater] = _number(path, number, "score", cell)
    targets = tuple(dict.fromkeys(target for target, _ in found))
    raters = tuple(dict.fromkeys(rater for _, rater in found))
    lost = [
        (target, rater) for target in targets for rater in raters if math.isnan(found.get((target, rater), math.nan))
    ]
    if lost:
        target, rater = lost[0]
        more = f", and {len(lost) - 1} more are missing" if len(lost) > 1 else ""
        raise UsageError(
            f"{path}: {rater!r} has no score of {target!r}{more}.",
            repair="Leave out the target or the rater: agreement needs a score of each by each.",
        )
    scores = np.array([[found[target, rater] for rater in raters] for target in targets])
    return Ratings(targets, raters, scores)


def _comparison(
    path: Path, heads: list[str], rows: list[list[str]], named: tuple[Sequence[str], Sequence[str]]
) -> Comparison:
    kinds = []
    for given, prefix in zip(named, (QUALITY, EXAM), strict=True):
        if unknown := [name for name in given if name not in heads]:
            raise UsageError(f"{path} has no column {unknown[0]!r}.", repair=f"Its columns are {', '.join(heads)}.")
        kinds.append([*given] or [head for head in heads if head.startswith(prefix)])
    if not all(kinds):
        raise UsageError(
            f"{path} does not say which columns are the quality of data and which are exams.",
            repair=f"Begin their headings with `{QUALITY}` and `{EXAM}`, or name them: --quality MD,ID "
            f"--exams SEED,MME. A table of ratings has the columns {', '.join(RATING)}.",
        )
    columns = [
        tuple(Column(name.removeprefix(prefix), _column(path, heads, rows, name)) for name in names)
        for names, prefix in zip(kinds, (QUALITY, EXAM), strict=True)
    ]
    others = [at for at, head in enumerate(heads) if head not in kinds[0] and head not in kinds[1]]
    names = tuple(row[others[0]] if others else f"row {number}" for number, row in enumerate(rows, 1))
    return Comparison(names, *columns)


def _column(path: Path, heads: list[str], rows: list[list[str]], name: str) -> Floats:
    at = heads.index(name)
    return np.array([_number(path, number, name, row[at]) for number, row in enumerate(rows, 2)])


def _number(path: Path, line: int, name: str, cell: str) -> float:
    """NaN for a gap."""
    if cell.lower() in _GAPS:
        return math.nan
    try:
        value = float(_DECIMAL_COMMA.sub(r"\1.\2", cell.removesuffix("%")))
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise UsageError(f"{path}, line {line}: {name} is {cell!r}, which is no number.", repair="Leave gaps empty.")
    return value
