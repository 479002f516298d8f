"""Bytes of one row to a JSON object, or the exact code of what is wrong with them."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import numpy as np
import orjson

from vlitqa.containers.encoding import guess_encoding
from vlitqa.errors import RejectedRecord

LINE_CAP = 8 << 20
"""Bytes that one row may have."""
DEPTH_CAP = 200
"""Levels of nesting that one row may have: orjson writes at most 254."""
_ALIKE = bytes.maketrans(b"123456789{", b"000000000[")
"""Makes all digits one, and all opening brackets."""
_LONG_INTEGER = b"0" * 19
"""Integers of fewer digits always fit 64 bits."""


def is_plain(lines: bytes, longest: int) -> bool:
    """Whether none of many rows has a long integer or is nested too deep: true only when that is certain.

    Nineteen digits in a row fill four whole words of four bytes. A row that is nested too deep has more brackets than
    the cap within the length of the longest row.
    """
    words = np.frombuffer(lines, np.uint32, len(lines) // 4)
    digits = (words & 0xF0F0F0F0) == 0x30303030
    pairs = digits[:-1] & digits[1:]
    if (pairs[:-2] & pairs[2:]).any():
        return False
    brackets = np.flatnonzero((np.frombuffer(lines, np.uint8) & 0xDF) == ord("["))  # `{` too, but for that one bit
    return len(brackets) <= DEPTH_CAP or int((brackets[DEPTH_CAP:] - brackets[:-DEPTH_CAP]).min()) >= longest


def decode_row(data: bytes, *, plain: bool = False) -> dict[str, Any]:
    """The object that a row holds; raises RejectedRecord with a code. A `plain` row needs fewer checks."""
    if len(data) > LINE_CAP:
        raise RejectedRecord("line_too_long", f"the row has {len(data):,} bytes, over the cap of {LINE_CAP:,}")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        _diagnose(data, str(error))
    if type(value) is not dict:
        raise RejectedRecord("not_object", f"a row must be a JSON object, this is {_kind(value)}")
    if plain:
        return value
    alike = data.translate(_ALIKE)
    if _LONG_INTEGER in alike:
        _careful(data)  # orjson turns an integer past 64 bits into a float without a word
    if alike.count(b"[") > DEPTH_CAP and _depth(value) > DEPTH_CAP:
        raise RejectedRecord("too_deep", f"nested deeper than {DEPTH_CAP} levels")
    return value


def _diagnose(data: bytes, parser_says: str) -> NoReturn:
    """Says why a row is refused, in the order in which a user would want to know."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        guess = guess_encoding(data)
        hint = f" (looks like {guess})" if guess else ""
        raise RejectedRecord("bad_encoding", f"byte {error.start} is not UTF-8{hint}") from None
    _careful(data)
    raise RejectedRecord("malformed_json", parser_says)


def decode_name(data: bytes) -> str:
    """The text of a name in front of a row; raises RejectedRecord with a code."""
    try:
        return str(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        _diagnose(data, str(error))


def _careful(data: bytes) -> None:
    """Parses once more with every check on."""
    try:
        value = json.loads(data.decode(), parse_constant=_not_finite, parse_int=_integer, parse_float=_float)
    except RecursionError:
        raise RejectedRecord("too_deep", f"nested deeper than {DEPTH_CAP} levels") from None
    except json.JSONDecodeError as error:
        raise RejectedRecord("malformed_json", f"{error.msg} at character {error.pos}") from None
    _refuse_surrogates(value)


def _not_finite(word: str) -> NoReturn:
    raise RejectedRecord("non_finite", f"{word} is no JSON number")


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**64:
        raise RejectedRecord("big_integer", f"an integer of {len(digits.lstrip('-'))} digits does not fit 64 bits")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise RejectedRecord("non_finite", f"{digits} is too large for a number")
    return number


def _refuse_surrogates(value: object) -> None:
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            if not each.isascii() and any("\ud800" <= letter <= "\udfff" for letter in each):
                raise RejectedRecord("lone_surrogate", "half of a UTF-16 pair stands alone: no text can hold it")
        elif isinstance(each, dict):
            pending.extend(each)
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)


def _depth(value: object) -> int:
    deepest, pending = 0, [(value, 1)]
    while pending:
        each, level = pending.pop()
        deepest = max(deepest, level)
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        pending.extend((child, level + 1) for child in inner)
    return deepest


def _kind(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
