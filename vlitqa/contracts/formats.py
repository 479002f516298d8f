"""Formats: one shape of rows each."""

from __future__ import annotations

from typing import Protocol

from vlitqa.records import Place, Record, Row


class Format(Protocol):
    """One shape of rows. Exactly one format recognises a good row."""

    @property
    def name(self) -> str:
        """Its name in the catalogue."""
        ...

    def recognises(self, row: Row) -> bool:
        """Whether the row has this shape, judged by its content alone."""
        ...

    def read(self, row: Row, *, place: Place) -> Record:
        """The record of a row; raises RejectedRecord with line and field where there is none."""
        ...

    def write(self, record: Record) -> Row:
        """The row of a record: untouched if it was read; else built anew, with the images at their places."""
        ...
