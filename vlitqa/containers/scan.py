"""The outcome of parsing one value of a JSON file: the value, its bytes and their place, or why it is broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from vlitqa.errors import RejectedRecord
from vlitqa.records import Row


@dataclass(frozen=True, slots=True)
class Break:
    """Why the values that are open at one place of a file are no JSON."""

    code: str
    reason: str
    place: int | None = None
    """The character of the file at which the parser stopped, if it did."""

    def seen_from(self, start: int) -> RejectedRecord:
        """The fault of the value that begins at a character of the file."""
        where = "" if self.place is None else f" at character {self.place - start:,} of the element"
        return RejectedRecord(self.code, self.reason + where)


NEVER_CLOSED = Break("malformed_json", "a bracket of the element is never closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A parsed value and its length in characters, or its fault; the length of a broken value is mostly unknown."""

    value: object = None
    length: int = 0
    fault: RejectedRecord | None = None

    def holds_row(self, accepts: Callable[[Row], bool]) -> bool:
        """True for a sound object that is a row."""
        return not self.fault and isinstance(self.value, dict) and accepts(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The bytes of one value and their place, or their fault."""

    data: bytes
    line: int
    offset: int
    length: int
    fault: RejectedRecord | None = None


def malformed(error: json.JSONDecodeError, start: int) -> Break:
    """The break at which the parser stopped in a text that begins at a character of the file."""
    return Break("malformed_json", error.msg.removesuffix(" starting at"), start + error.pos)
