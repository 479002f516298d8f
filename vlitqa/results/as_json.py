"""Results as JSON: the same bytes for the same values, and read back by their types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import orjson

from vlitqa.results.figures import ONLY_IF_SET
from vlitqa.results.scorecard import Scorecard


def to_json(value: object, *, indent: bool = False) -> bytes:
    """The JSON of any result: finite numbers, keys in a fixed order, and file names even if they are not UTF-8."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
    options |= orjson.OPT_INDENT_2 if indent else 0
    return orjson.dumps(_plain(value), option=options)


def fields_of(result: object) -> dict[str, Any]:
    """A result as plain JSON values."""
    fields: dict[str, Any] = _plain(result)
    return fields


def scorecard_from_json(content: bytes) -> Scorecard:
    """A scorecard as a run folder keeps it; raises msgspec.DecodeError, which names the field that is wrong."""
    return msgspec.json.decode(content, type=Scorecard)


def _plain(value: object) -> Any:
    if is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if field.metadata != ONLY_IF_SET or getattr(value, field.name) != field.default
        }
    if isinstance(value, msgspec.Struct):
        return _plain(msgspec.structs.asdict(value))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return value if value.isascii() else value.encode(errors="surrogateescape").decode(errors="replace")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a result holds a number that is not finite")
    return value
