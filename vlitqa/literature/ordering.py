"""The order of the rows of a list: by a column, rows without its value last."""

from __future__ import annotations

from collections.abc import Sequence

from vlitqa.literature.cells import CellKind, CellState, CellValue
from vlitqa.literature.columns import ListColumn
from vlitqa.literature.lists import PublishedList
from vlitqa.literature.printed_tables import ListRow


def sort_column(published: PublishedList, order: str) -> ListColumn:
    """The column of an order such as `rows` or `-rows`; raises UsageError for none."""
    return published.column(order.removeprefix("-"))


def sorted_rows(rows: Sequence[ListRow], column: ListColumn, *, reverse: bool) -> list[ListRow]:
    """The rows in the order of a column: numbers from the largest, ticks from ✓, texts from A; or the reverse."""
    given = [row for row in rows if row[column.name].state is CellState.GIVEN]
    others = [row for row in rows if row[column.name].state is not CellState.GIVEN]
    is_falling = column.kind in (CellKind.NUMBER, CellKind.TICK)
    given.sort(key=lambda row: _key(row[column.name].value), reverse=is_falling != reverse)
    return [*given, *others]


def _key(value: CellValue) -> tuple[float, str]:
    if isinstance(value, int | float):
        return value, ""
    return 0, ", ".join(value).casefold() if isinstance(value, tuple) else value.casefold()
