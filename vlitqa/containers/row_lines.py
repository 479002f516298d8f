"""Tells JSON Lines from other JSON, by parsing."""

from __future__ import annotations

import json

import orjson

from vlitqa.containers.window import Accepts
from vlitqa.records import Row

_LINES = 200
_SCAN = json.JSONDecoder(parse_int=str).raw_decode


def holds_row_lines(text: str, accepts: Accepts) -> bool:
    """True if the rows at the beginning of a file stand on lines of their own, though some lines may be broken."""
    lines = [stripped for line in text.split("\n") if (stripped := line.strip())][:_LINES]
    if not lines:
        return False
    if lines[0].startswith(("{", "[")):
        stands_alone = _stands_alone(text, accepts)
        if stands_alone is not None:
            return stands_alone
    values = [_parse_object(line) for line in lines]
    alone = sum(value is not None and accepts(value) for value in values)
    followed = sum(
        line.endswith(",") and (row := _parse_object(line[:-1])) is not None and accepts(row) for line in lines
    )
    if alone or followed:
        goes_on = lines[0].endswith(("[", "{", ","))  # the first line opens what the others stand in
        return alone > followed + goes_on
    return len(lines) > 1 and 2 * sum(value is not None for value in values) > len(lines)


def _stands_alone(text: str, accepts: Accepts) -> bool | None:
    """True if the first value is a row on a line of its own, False if it goes on behind its line; None where unsure."""
    try:
        value, end = _SCAN(text)
    except RecursionError:
        return None
    except json.JSONDecodeError as error:
        return False if text.startswith("[") and error.lineno > 1 else None
    if "\n" in text[:end]:
        return False
    is_row = isinstance(value, dict) and accepts(value) and not text[end:].partition("\n")[0].strip()
    return True if is_row else None


def _parse_object(line: str) -> Row | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
