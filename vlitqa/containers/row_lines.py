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
        is_decided, holds_rows = _judge_first_value(text, accepts)
        if is_decided:
            return holds_rows
    values = [_parse_object(line) for line in lines]
    alone = sum(value is not None and accepts(value) for value in values)
    followed = sum(
        line.endswith(",") and (row := _parse_object(line[:-1])) is not None and accepts(row) for line in lines
    )
    if alone or followed:
        goes_on = lines[0].endswith(("[", "{", ","))  # the first line opens what the others stand in
        return alone > followed + goes_on
    return len(lines) > 1 and 2 * sum(value is not None for value in values) > len(lines)


def _judge_first_value(text: str, accepts: Accepts) -> tuple[bool, bool]:
    """Looks where the first value ends: if that decides, and if it is a row on a line of its own."""
    try:
        value, end = _SCAN(text)
    except RecursionError:
        return False, False
    except json.JSONDecodeError as error:
        return text.startswith("[") and error.lineno > 1, False
    if "\n" in text[:end]:
        return True, False
    is_row = isinstance(value, dict) and accepts(value) and not text[end:].partition("\n")[0].strip()
    return is_row, is_row


def _parse_object(line: str) -> Row | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
