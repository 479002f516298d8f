"""A user's own rows beside those of a published list: never over what is printed."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from vlitqa.errors import UsageError
from vlitqa.literature.cells import NOT_LISTED, CellKind, CellState, read_cell
from vlitqa.literature.columns import ListColumn
from vlitqa.literature.lists import PublishedList
from vlitqa.literature.names import folded
from vlitqa.literature.printed_tables import ListRow
from vlitqa.literature.user_table import UserTable


def with_user_rows(published: PublishedList, table: UserTable) -> PublishedList:
    """The list with a user's rows: a new name is a new row, and cells of a printed name get columns of their own."""
    by_name = {folded(row["name"].printed): row for row in table.rows}
    added = tuple(row for row in table.rows if not published.rows_named(row["name"].printed))
    new = tuple(column for column in table.columns if column not in published.columns)
    separate = _separate_columns(published, table)
    columns = (*published.columns, *separate.values(), *new)
    if len({column.name for column in columns}) < len(columns):
        raise UsageError(f"{table.path} has a column that begins with its own name.", repair="Name the file otherwise.")
    nothing = dict.fromkeys([column.name for column in columns], NOT_LISTED)
    source = {"source": read_cell(table.path.name, CellKind.TEXT)}
    rows: list[ListRow] = []
    for row in published.rows:
        cells = by_name.get(folded(row["name"].printed), {})
        beside = {column.name: cells[name] for name, column in separate.items() if name in cells}
        rows.append({**nothing, **beside, **{column.name: cells[column.name] for column in new if cells}, **row})
    rows += [{**nothing, **source, **_listed(row)} for row in added]
    first, *others = published.shown
    shown = (first, *(column.name for column in (*separate.values(), *new)), *others)
    return replace(published, columns=columns, rows=tuple(rows), shown=shown)


def _separate_columns(published: PublishedList, table: UserTable) -> Mapping[str, ListColumn]:
    """By printed column, that of the file, where the file says something else of any printed name."""
    different: set[str] = set()
    for cells in table.rows:
        for row in published.rows_named(cells["name"].printed)[:1]:
            different |= {name for name, cell in _listed(cells).items() if name in row and cell != row[name]}
    return {
        column.name: ListColumn(f"{table.path.stem}.{column.name}", column.kind, f"{column.name}, by {table.path}")
        for column in published.columns
        if column.name in different - {"name"}
    }


def _listed(row: ListRow) -> ListRow:
    return {name: cell for name, cell in row.items() if cell.state is not CellState.NOT_LISTED}
