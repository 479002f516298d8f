"""A CSV file as its writer meant it: any usual delimiter, decimal commas, gaps, and the lines that errors name."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path

from vlitqa.algorithms.counted import counted
from vlitqa.containers.stream import read_whole
from vlitqa.errors import UsageError

_CAP = 64 << 20
"""Bytes that a table may have, unpacked."""
_DELIMITERS = ",\t;"
_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d{1,2}|\d{4,})$")
"""A decimal as many languages write it; with three digits it may be a thousand, and is no number."""
_GAPS = frozenset(("", "-", "–", "na", "n/a", "nan", "none", "null"))


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The headings of a file, and its rows, which have one cell below each heading."""

    path: Path
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    """The line of the file on which each row ends."""

    def __post_init__(self) -> None:
        _refuse_uneven(self)

    def texts(self, heading: str) -> list[str]:
        """The cells below a heading."""
        place = self.headings.index(heading)
        return [row[place] for row in self.rows]

    def numbers(self, heading: str) -> list[float]:
        """The numbers below a heading; NaN for gaps."""
        cells = zip(self.lines, self.texts(heading), strict=True)
        return [self._number(line, heading, cell) for line, cell in cells]

    def with_lower_case_headings(self) -> CsvTable:
        """The same rows; raises UsageError where two headings become one."""
        return replace(self, headings=tuple(heading.lower() for heading in self.headings))

    def where(self, line: int) -> str:
        """The beginning of a sentence about a line."""
        return f"{self.path}, line {line}"

    def _number(self, line: int, heading: str, cell: str) -> float:
        if cell.lower() in _GAPS:
            return math.nan
        try:
            value = float(_DECIMAL_COMMA.sub(r"\1.\2", cell.removesuffix("%")))
        except ValueError:
            value = math.inf
        if math.isinf(value):
            raise UsageError(
                f"{self.where(line)}: {heading} is {cell!r}, which is no number.", repair="Leave gaps empty."
            )
        return value


def read_csv_table(path: Path) -> CsvTable:
    """Reads a file with the delimiter by which its rows are even."""
    try:
        text = read_whole(path, _CAP).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no UTF-8 text.", repair="Save it as CSV in UTF-8.") from None
    tables = [rows for delimiter in _DELIMITERS if (rows := _rows(text, delimiter)) is not None]
    if not tables:
        raise UsageError(f"{path} is no CSV (a quote is not closed).", repair="Save it as CSV in UTF-8.")
    rows = max(tables, key=_evenness)
    if len(rows) < 2:
        raise UsageError(f"{path} has no rows below its headings.", repair="Give one row for each rating or dataset.")
    (_, headings), *body = rows
    return CsvTable(path, headings, tuple(cells for _, cells in body), tuple(line for line, _ in body))


def _rows(text: str, delimiter: str) -> list[tuple[int, tuple[str, ...]]] | None:
    """The rows that hold anything with their lines, or None where the quotes do not fit the delimiter."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, tuple(cell.strip() for cell in row)) for row in reader]
    except csv.Error:
        return None
    return [(line, row) for line, row in rows if any(row)]


def _evenness(rows: list[tuple[int, tuple[str, ...]]]) -> tuple[bool, int]:
    """True if all rows have as many cells, more than one; and the number of headings."""
    widths = {len(row) for _, row in rows}
    return len(widths) == 1 and widths != {1}, len(rows[0][1]) if rows else 0


def _refuse_uneven(table: CsvTable) -> None:
    headings = table.headings
    if repeated := {heading for heading in headings if headings.count(heading) > 1}:
        raise UsageError(f"{table.path} has two columns {sorted(repeated)[0]!r}.", repair="Give each its own name.")
    for line, row in zip(table.lines, table.rows, strict=True):
        if len(row) != len(headings):
            raise UsageError(
                f"{table.where(line)}: {counted(len(row), 'cell')} below {counted(len(headings), 'heading')}.",
                repair="Quote cells that hold the delimiter.",
            )
