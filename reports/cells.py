"""Cells of tables from figures, and from the tables of a summary."""

from __future__ import annotations

from reports.blocks import Cell, Grid, Quantity
from reports.units import is_share, is_share_column, unit_of, why_doubted
from vlitqa.results import Figure, Table


def value_cell(metric: str, figure: Figure, tools: str = "") -> Cell:
    """The value of a figure with its unit, its tools if they need a word, and its doubt; or why there is none."""
    if figure.value is None:
        return f"not measured: {figure.reason}"
    words = "; ".join(filter(None, (unit_of(metric, figure), tools, why_doubted(figure))))
    return Quantity(figure.value, words, is_share=is_share(metric, figure.name))


def grid_of(table: Table, title: str) -> Grid:
    """A table of a summary, its shares in percent."""
    rows = tuple(tuple(map(_cell, row, table.columns)) for row in table.rows)
    return Grid(title, table.columns, rows)


def _cell(value: Cell, column: str) -> Cell:
    if isinstance(value, int | float) and is_share_column(column):
        return Quantity(value, "", is_share=True)
    return value
