"""The tables of papers as the files of this room hold them, cell by cell."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from vlitqa.literature.cells import CellState, PrintedCell, read_cell
from vlitqa.literature.columns import EMPTY_CELLS, ListColumn

ListRow = Mapping[str, PrintedCell]
"""The cells of one row, by column."""
TABLES = Path(__file__).with_name("tables")


@cache
def read_table(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of a file of this room: texts by heading, exactly as it holds them."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def printed_cells(row: Mapping[str, str], columns: Iterable[ListColumn]) -> dict[str, PrintedCell]:
    """The cells of the columns that the table prints."""
    return {
        column.name: read_cell(row[column.heading], column.kind, EMPTY_CELLS.get(column.name, CellState.UNREADABLE))
        for column in columns
        if column.heading
    }
