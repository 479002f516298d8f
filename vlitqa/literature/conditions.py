"""Conditions on the rows of a list: true, false, or unknown where a cell that decides has no value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vlitqa.literature.cells import CellState, CellValue, PrintedCell
from vlitqa.literature.names import folded
from vlitqa.literature.printed_tables import ListRow

_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
HAS = "has"
OPERATORS = (HAS, "=", "!=", *_ORDERS)


class RowCondition(Protocol):
    """A condition on a row, in the three-valued logic of Kleene."""

    @property
    def columns(self) -> Sequence[str]:
        """The columns whose cells decide."""
        ...

    def holds(self, row: ListRow) -> bool | None:
        """True or false where the row's values decide, whatever its other cells may hold; None where they do not."""
        ...


@dataclass(frozen=True, slots=True)
class CellTest:
    """One cell compared with a value."""

    column: str
    operator: str
    operand: CellValue

    @property
    def columns(self) -> Sequence[str]:
        """The column of the cell."""
        return (self.column,)

    def holds(self, row: ListRow) -> bool | None:
        """Compares the cell; None where it has no value."""
        cell = row[self.column]
        if cell.state is not CellState.GIVEN:
            return None
        if self.operator == HAS:
            return _has(cell, str(self.operand))
        if self.operator in _ORDERS:
            return _ORDERS[self.operator](cell.value, self.operand)  # type: ignore[arg-type]  # numbers, by the notation
        is_equal = _equals(cell, self.operand)
        return is_equal if is_equal is None else is_equal == (self.operator == "=")


@dataclass(frozen=True, slots=True)
class Negation:
    """The opposite of a condition."""

    part: RowCondition

    @property
    def columns(self) -> Sequence[str]:
        """The columns of the condition."""
        return self.part.columns

    def holds(self, row: ListRow) -> bool | None:
        """The opposite; None where the condition is unknown."""
        truth = self.part.holds(row)
        return None if truth is None else not truth


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions of which all must hold, or one."""

    parts: tuple[RowCondition, ...]
    needs_all: bool

    @property
    def columns(self) -> Sequence[str]:
        """The columns of all conditions."""
        return tuple(name for part in self.parts for name in part.columns)

    def holds(self, row: ListRow) -> bool | None:
        """False (of all) or true (of one) where one part decides it; otherwise None where a part is unknown."""
        truths = [part.holds(row) for part in self.parts]
        if (not self.needs_all) in truths:
            return not self.needs_all
        return None if None in truths else self.needs_all


def _has(cell: PrintedCell, word: str) -> bool | None:
    """True where a list has an item, or a text a word in it; None for a list that breaks off and may have it."""
    if isinstance(cell.value, tuple):
        is_there = folded(word) in map(folded, cell.value)
        return None if cell.is_partial and not is_there else is_there
    return word.casefold() in str(cell.value).casefold()


def _equals(cell: PrintedCell, operand: CellValue) -> bool | None:
    if isinstance(operand, tuple):
        items = {folded(item) for item in cell.value}  # type: ignore[union-attr]  # a list, by the notation
        return None if cell.is_partial else items == set(map(folded, operand))
    if isinstance(operand, str):
        return folded(str(cell.value)) == folded(operand)
    return cell.value == operand
