"""Fields of rows that their format does not read: said once of a dataset, so that nothing is lost in silence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vlitqa.contracts import Format
from vlitqa.errors import RejectedRecord
from vlitqa.formats.recording_fields import KIND_OF_FIELD
from vlitqa.records import ROW_IMAGES, ROW_KEY, ROW_TEXT, RawRow

_READ_OF_EVERY_FORMAT = frozenset((ROW_KEY, ROW_TEXT, ROW_IMAGES, *KIND_OF_FIELD))
"""Fields that containers add, and those of videos and sounds."""
_EMPTY: tuple[object, ...] = (None, "", [], {})


def find_unread_fields(reader: Format, rows: Iterable[RawRow]) -> tuple[str, ...]:
    """The fields that hold something in some row and that a format asks for in none, in the order of the rows."""
    holding: dict[str, None] = {}
    read: set[str] = set()
    for raw in rows:
        watched = _WatchedRow(raw.row)
        try:
            reader.read(watched, place=raw.place)
        except RejectedRecord:
            continue
        holding |= dict.fromkeys(name for name, value in raw.row.items() if value not in _EMPTY)
        read |= watched.read
    return tuple(name for name in holding if name not in read and name not in _READ_OF_EVERY_FORMAT)


class _WatchedRow(dict[str, object]):
    """A row that notes which of its fields are asked for."""

    def __init__(self, row: Any) -> None:
        super().__init__(row)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)
