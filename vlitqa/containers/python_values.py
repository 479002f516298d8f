"""Python's objects as the values that a file could hold: of numpy, pandas and Pillow too."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

from vlitqa.errors import RejectedRecord
from vlitqa.records import Row

_MOST_BITS = 63
_MOST_LEVELS = 100
"""Lists in lists: deeper ones hold themselves, or no data."""


def plain_row(row: object) -> Row | RejectedRecord:
    """A copy of a row that holds nothing but what a file could; or why there is none."""
    if not isinstance(row, Mapping):
        return RejectedRecord("not_object", f"the row is a {type(row).__name__} and no dict")
    try:
        return {_text(name): _plain(value, _MOST_LEVELS) for name, value in _fields(row)}
    except RejectedRecord as reject:
        return reject


def _fields(row: Mapping[Any, object]) -> list[tuple[str, object]]:
    for name in row:
        if not isinstance(name, str):
            raise RejectedRecord("unreadable_value", f"a field is named {name!r}, which is no text")
    return list(row.items())


def _plain(value: Any, levels: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    for kind, copy in _COPIES.items():
        if isinstance(value, kind):
            return copy(value)
    if not levels:
        raise RejectedRecord("too_deep", f"lists or dicts lie in each other more than {_MOST_LEVELS} deep")
    if isinstance(value, Mapping):
        return {_text(name): _plain(inner, levels - 1) for name, inner in _fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(inner, levels - 1) for inner in value]
    return _of_library(value, levels)


def _text(value: str) -> str:
    """An ordinary text of the same letters."""
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RejectedRecord("lone_surrogate", "the text holds an unpaired UTF-16 surrogate") from None
    return text


def _whole_number(value: int) -> int:
    if value.bit_length() > _MOST_BITS:
        raise RejectedRecord("big_integer", f"the integer {str(value)[:20]}… does not fit 64 bits")
    return int(value)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None  # a frame writes NaN where there is nothing


def _moment(value: date | time | timedelta) -> str | None:
    if str(value) == "NaT":
        return None
    return str(value) if isinstance(value, timedelta) else value.isoformat()


_COPIES: Mapping[type, Callable[[Any], object]] = {
    str: _text,
    int: _whole_number,
    float: _number,
    bytes: bytes,
    bytearray: bytes,
    memoryview: bytes,
    io.BytesIO: io.BytesIO.getvalue,
    PurePath: str,
    UUID: str,
    Decimal: str,
    date: _moment,
    time: _moment,
    timedelta: _moment,
}
"""Kinds of values that hold no other values, and how each is copied."""


def _of_library(value: Any, levels: int) -> object:
    library = type(value).__module__.partition(".")[0]
    if library == "numpy" and hasattr(value, "tolist") and type(listed := value.tolist()) is not type(value):
        return _plain(listed, levels - 1)
    if library == "pandas" and type(value).__name__ in ("NAType", "NaTType"):
        return None
    if library == "PIL" and hasattr(value, "save"):
        return _packed_picture(value)
    raise RejectedRecord(
        "unreadable_value", f"a {type(value).__name__} is neither text, number, list, dict nor picture"
    )


def _packed_picture(picture: Any) -> Mapping[str, object]:
    """The bytes of a picture, as columns of pictures hold them."""
    packed = io.BytesIO()
    try:
        if picture.mode == "F":
            raise ValueError("its numbers are no colours")
        mode = picture.mode if picture.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16") else "RGB"
        picture.convert(mode).save(packed, "PNG")
    except (OSError, ValueError, SyntaxError) as error:
        raise RejectedRecord("unreadable_value", f"a picture of Pillow cannot be read ({error})") from None
    return {"bytes": packed.getvalue(), "path": None}
