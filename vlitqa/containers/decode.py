"""Turns the bytes of one row into a JSON object, or into the exact code of what is wrong with them."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import numpy as np
import orjson

from vlitqa.containers.encoding import guess_encoding
from vlitqa.errors import RejectedRecord

LINE_CAP = 8 << 20
"""Bytes that one row may have, without its images."""
IMAGES_CAP = 256 << 20
"""Bytes that one row may have with the images inside it."""
DEPTH_CAP = 200
"""Levels of nesting that one row may have: orjson writes at most 254."""
_FOLDED = bytes.maketrans(b"123456789{", b"000000000[")
"""Makes one digit of all digits, and one opening bracket of all opening brackets."""
_LONG_INTEGER = b"0" * 19
"""Integers of fewer digits always fit 64 bits."""


def is_plain(lines: bytes, longest: int) -> bool:
    """True only if it is certain that none of many rows has a long integer or is nested too deep.

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
    """Parses the object that a row holds; raises RejectedRecord. A `plain` row needs fewer checks."""
    if len(data) > LINE_CAP:
        raise RejectedRecord("line_too_long", f"the row has {len(data):,} bytes, over the cap of {LINE_CAP:,}")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        _diagnose(data, str(error))
    if type(value) is not dict:
        raise RejectedRecord("not_object", f"a row must be a JSON object, this is {_type_name(value)}")
    if plain:
        return value
    folded = data.translate(_FOLDED)
    if _LONG_INTEGER in folded:
        _check_strictly(data)  # orjson turns an integer past 64 bits into a float without a word
    if folded.count(b"[") > DEPTH_CAP and _depth(value) > DEPTH_CAP:
        raise RejectedRecord("too_deep", f"nested deeper than {DEPTH_CAP} levels")
    return value


def _diagnose(data: bytes, parser_error: str) -> NoReturn:
    """Raises RejectedRecord with the first reason that a user would want to know."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        guess = guess_encoding(data)
        hint = f" (looks like {guess})" if guess else ""
        raise RejectedRecord("bad_encoding", f"byte {error.start} is not UTF-8{hint}") from None
    _check_strictly(data)
    raise RejectedRecord("malformed_json", parser_error)


def decode_name(data: bytes) -> str:
    """Parses the name in front of a row; raises RejectedRecord."""
    try:
        return str(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        _diagnose(data, str(error))


def _check_strictly(data: bytes) -> None:
    """Parses once more with every check on; raises RejectedRecord."""
    try:
        value = json.loads(
            data.decode(), parse_constant=_refuse_constant, parse_int=_parse_integer, parse_float=_parse_float
        )
    except RecursionError:
        raise RejectedRecord("too_deep", f"nested deeper than {DEPTH_CAP} levels") from None
    except json.JSONDecodeError as error:
        raise RejectedRecord("malformed_json", f"{error.msg.removesuffix(' at')} at character {error.pos}") from None
    _refuse_surrogates(value)


def _refuse_constant(word: str) -> NoReturn:
    raise RejectedRecord("non_finite", f"{word} is no JSON number")


def _parse_integer(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**64:
        raise RejectedRecord("big_integer", f"an integer of {len(digits.lstrip('-'))} digits does not fit 64 bits")
    return number


def _parse_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise RejectedRecord("non_finite", f"{digits} is too large for a number")
    return number


def _refuse_surrogates(value: object) -> None:
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            if not part.isascii() and any("\ud800" <= letter <= "\udfff" for letter in part):
                raise RejectedRecord("lone_surrogate", "an unpaired UTF-16 surrogate: no text can hold it")
        elif isinstance(part, dict):
            pending.extend(part)
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)


def _depth(value: object) -> int:
    deepest, pending = 0, [(value, 1)]
    while pending:
        part, level = pending.pop()
        deepest = max(deepest, level)
        children = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        pending.extend((child, level + 1) for child in children)
    return deepest


def _type_name(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
