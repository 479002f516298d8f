"""A user's own table of datasets or models: a file in CSV with the columns of a published list, and any others."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from vlitqa.algorithms.counted import counted
from vlitqa.errors import UsageError
from vlitqa.literature.cells import CellKind, CellState, PrintedCell, read_cell
from vlitqa.literature.columns import ListColumn
from vlitqa.literature.lists import PublishedList
from vlitqa.literature.names import folded
from vlitqa.literature.printed_tables import ListRow

_REPAIR = "Write a table in CSV with a column `name`, as --csv does."
_BYTE_CAP = 64 * 2**20
_APOSTROPHE = re.compile(r"'(?=[=@+\-\t\r])")
"""What `--csv` writes before a text that a sheet would compute."""


class UserTable(Struct, frozen=True):
    """The rows of a user's file, by our names of columns."""

    path: Path
    columns: tuple[ListColumn, ...]
    rows: tuple[ListRow, ...]


def read_user_table(path: Path, published: PublishedList) -> UserTable:
    """Reads a file in CSV; raises UsageError for one that is no table of names."""
    (headings, _), *lines = _read_lines(path)
    texts = [[_APOSTROPHE.sub("", cell, count=1) if cell[:1] == "'" else cell for cell in cells] for cells, _ in lines]
    columns = tuple(
        _column_of(published, heading.strip(), [cells[position] for cells in texts], path)
        for position, heading in enumerate(headings)
    )
    _check_columns(path, columns)
    rows = [
        _read_row(f"{path}, line {number}", cells, columns) for cells, (_, number) in zip(texts, lines, strict=True)
    ]
    rows = [row for row in rows if row["name"].state is not CellState.UNREADABLE]  # a printed row without a name
    _check_names(path, rows)
    return UserTable(path, columns, tuple(rows))


def _read_lines(path: Path) -> Sequence[tuple[list[str], int]]:
    """The lines of the file, each with the number of its last line; the heading first, and all as long as it."""
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is no regular file.", repair=_REPAIR)
        if path.stat().st_size > _BYTE_CAP:
            raise UsageError(f"{path} is over {_BYTE_CAP // 2**20} MiB.", repair=_REPAIR)
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(cells, reader.line_num) for cells in reader if cells]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its text is not UTF-8"
        raise UsageError(f"{path} cannot be read: {reason}.", repair=_REPAIR) from None
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: {error}.", repair=_REPAIR) from None
    if not lines:
        raise UsageError(f"{path} is empty.", repair=_REPAIR)
    width = len(lines[0][0])
    for cells, number in lines:
        if len(cells) != width:
            message = f"{path}, line {number}: it has {counted(len(cells), 'cell')}, and the heading {width}."
            raise UsageError(message, repair="Put quotes around a cell with commas.")
    return lines


def _column_of(published: PublishedList, heading: str, texts: Sequence[str], path: Path) -> ListColumn:
    """The published column of a heading, or a new one of the kind that all its cells have."""
    for column in published.columns:
        if heading and folded(heading) in (folded(column.name), folded(column.heading)):
            return column
    kind = next((kind for kind in (CellKind.TICK, CellKind.NUMBER) if _are_all(texts, kind)), CellKind.TEXT)
    return ListColumn(heading, kind, f"a column of {path}")


def _are_all(texts: Sequence[str], kind: CellKind) -> bool:
    """True where all cells are of a kind, and one has a value."""
    try:
        return CellState.GIVEN in [read_cell(text, kind).state for text in texts]
    except ValueError:
        return False


def _check_columns(path: Path, columns: Sequence[ListColumn]) -> None:
    names = [column.name for column in columns]
    if "name" not in names:
        raise UsageError(f"{path} has no column `name`.", repair=_REPAIR)
    for position, name in enumerate(names):
        if not name:
            raise UsageError(f"{path}: column {position + 1} has no heading.", repair="Give it one.")
        if folded(name) in map(folded, names[:position]):
            raise UsageError(f"{path} has two columns {name!r}.", repair="Call one of them otherwise.")


def _read_row(place: str, cells: Sequence[str], columns: Sequence[ListColumn]) -> ListRow:
    row: dict[str, PrintedCell] = {}
    for column, text in zip(columns, cells, strict=True):
        try:
            row[column.name] = read_cell(text, column.kind)
        except ValueError as error:
            message = f"{place}: {error}, which {column.name!r} must be."
            raise UsageError(message, repair="Write - where nothing is given.") from None
    if row["name"].state is not CellState.UNREADABLE and not folded(row["name"].printed):
        raise UsageError(f"{place} has no name.", repair="Rows are joined by their names.")
    return row


def _check_names(path: Path, rows: Sequence[ListRow]) -> None:
    names: set[str] = set()
    for row in rows:
        name = row["name"].printed
        if folded(name) in names:
            raise UsageError(f"{path} has two rows of the name {name!r}.", repair="Keep one of them.")
        names.add(folded(name))
