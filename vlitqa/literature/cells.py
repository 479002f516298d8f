"""Cells of a published table: a value, or the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from vlitqa.literature.task_names import folded_task

CellValue = str | bool | int | float | tuple[str, ...]
_NUMBER = re.compile(r"(-?\d{1,3}(?:,\d{3}){1,5}|-?\d{1,15})(\.\d{1,15})?\s?([KMB]?)", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9}
_TICKS = {"✓": True, "yes": True, "true": True, "url": True, "×": False, "no": False, "false": False}
"""Marks of tick columns; Table 1 of the review prints `url` where a link is."""
_MORE = "…"
"""Stands at the end of a list that goes on."""


class CellState(StrEnum):
    """What is known of a cell; a cell has a value only where it is given."""

    GIVEN = "given"
    NOT_GIVEN = "not given"
    """The paper prints `-`: no clear information."""
    UNREADABLE = "unreadable"
    """It is damaged in our copy of the paper."""
    NOT_LISTED = "not listed"
    """The table from which it would come has no such row."""


MARKS: Mapping[CellState, str] = {CellState.NOT_GIVEN: "-", CellState.UNREADABLE: "?", CellState.NOT_LISTED: ""}
"""How cells without a value are written in tables, and read from a user's own."""


class CellKind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    TICK = "tick"
    NUMBER = "number"
    SET = "set"
    """Written with `+` between its members."""
    LIST = "list"
    """Written with commas."""
    TASKS = "list of tasks"
    """Their spellings are folded."""

    @property
    def has_items(self) -> bool:
        """True for a column whose cells hold several texts."""
        return self in (CellKind.SET, CellKind.LIST, CellKind.TASKS)


class PrintedCell(Struct, frozen=True):
    """One cell: its state, its value, and the text that is printed."""

    state: CellState
    value: CellValue = ""
    printed: str = ""
    is_partial: bool = False
    """True for a list that breaks off: it may hold more."""

    @property
    def text(self) -> str:
        """The cell as tables write it."""
        if self.state is not CellState.GIVEN:
            return MARKS[self.state]
        return f"{self.printed}, {_MORE}" if self.is_partial else self.printed


NOT_LISTED = PrintedCell(CellState.NOT_LISTED)
NOT_GIVEN = PrintedCell(CellState.NOT_GIVEN)


def read_cell(text: str, kind: CellKind, empty: CellState = CellState.NOT_LISTED) -> PrintedCell:
    """Reads a cell, whose state is `empty` where it holds nothing; raises ValueError for what its kind cannot hold."""
    plain = text.strip()
    for state in (CellState.NOT_GIVEN, CellState.UNREADABLE):
        if plain == MARKS[state]:
            return PrintedCell(state)
    if not plain:
        return PrintedCell(empty)
    is_partial = kind.has_items and plain.endswith(f", {_MORE}")
    plain = plain.removesuffix(f", {_MORE}") if is_partial else plain
    return PrintedCell(CellState.GIVEN, _READERS[kind](plain), plain, is_partial)


def given_list(items: tuple[str, ...]) -> PrintedCell:
    """A cell with a list that is put together."""
    return PrintedCell(CellState.GIVEN, items, ", ".join(items))


def read_number(text: str) -> int | float:
    """Reads a number such as `1.77M` or `4,096`; raises ValueError for a text that is none."""
    match = _NUMBER.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no number such as 1.77M, 80K or 4,096")
    number = Decimal(match[1].replace(",", "") + (match[2] or "")) * _UNITS[match[3].upper()]
    return int(number) if number == number.to_integral_value() else float(number)


def read_tick(text: str) -> bool:
    """Reads a tick; raises ValueError for a text that is none."""
    if text.casefold() not in _TICKS:
        raise ValueError(f"{text!r} is neither yes nor no")
    return _TICKS[text.casefold()]


def _read_items(separator: str) -> Callable[[str], tuple[str, ...]]:
    return lambda text: tuple(item for part in text.split(separator) if (item := part.strip()))


_READERS: Mapping[CellKind, Callable[[str], CellValue]] = {
    CellKind.TEXT: str,
    CellKind.TICK: read_tick,
    CellKind.NUMBER: read_number,
    CellKind.SET: _read_items("+"),
    CellKind.LIST: _read_items(","),
    CellKind.TASKS: lambda text: tuple(dict.fromkeys(map(folded_task, _read_items(",")(text)))),
}
