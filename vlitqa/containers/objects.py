"""JSON objects one after another: in an array, concatenated, or inside a wrapping object; streamed."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from msgspec import Struct

from vlitqa.containers.decode import decode_name, decode_row
from vlitqa.containers.recovery import find_next_row
from vlitqa.containers.stream import ByteStream
from vlitqa.containers.window import NOT_GAP, NOT_SPACE, Accepts, Window
from vlitqa.errors import RejectedRecord
from vlitqa.records import ROW_KEY, Place, RawRow, Reject

_COMMAS = {0: "no comma", 1: "one comma"}
_VALUE_CAP = 96 << 20
"""Bytes that one looked-up value may have: the base64 of an image of 64 MiB."""


def read_objects(stream: ByteStream, accepts: Accepts) -> Iterator[RawRow | Reject]:
    """Yields every object of an array, of a concatenation, or of the lists inside one wrapping object."""
    window = Window(stream)
    window.skip(NOT_SPACE)
    if window.peek() == "[":
        window.take(1)
        yield from _read_array(window, accepts)
    elif closer := _enter_wrapper(window, accepts):
        yield from _read_wrapped(window, accepts, closer)
    else:
        stream.rewind()
        yield from _read_members(Window(stream), accepts, closer="", keyed=False)


class KeyedSpan(Struct, frozen=True, gc=False):
    """The name and the place of one value of an object."""

    name: str
    offset: int
    length: int


def keyed_spans(stream: ByteStream) -> Iterator[KeyedSpan]:
    """Yields names and places of the values of one object, for files that are looked up instead of read through."""
    window = Window(stream, cap=_VALUE_CAP)
    window.skip(NOT_SPACE)
    if window.take(1) != "{":
        return
    while window.skip(NOT_GAP) and window.peek() == '"':
        key = window.read_key()
        span = window.read_element()
        if span.fault:
            raise RejectedRecord(span.fault.code, span.fault.reason, line=span.line)
        yield KeyedSpan(decode_name(key), span.offset, span.length)
    if window.peek() != "}":
        raise RejectedRecord("truncated", "the file ends without its closing }", line=window.line)


def _read_array(window: Window, accepts: Accepts) -> Iterator[RawRow | Reject]:
    """Yields the rows of an array, and those that stand behind a bracket that closes it too early."""
    rows = yield from _read_members(window, accepts, closer="]", keyed=False)
    while rows is not None and window.skip(NOT_SPACE):
        yield Reject(Place(rows, window.line, window.offset), "malformed_json", "text stands behind the closing ]")
        if not find_next_row(window, accepts, keyed=False):
            return
        rows = yield from _read_members(window, accepts, closer="]", keyed=False, row=rows)
    if rows is not None and window.cut:
        yield Reject(Place(rows, window.line, window.offset), "truncated", window.cut)


def _read_wrapped(window: Window, accepts: Accepts, closer: str) -> Iterator[RawRow | Reject]:
    """Yields the rows of every list inside a wrapping object, which may hold splits; a cut object ends in a Reject."""
    row = 0
    while closer:
        rows = yield from _read_members(window, accepts, closer=closer, keyed=closer == "}", row=row)
        if rows is None:
            return
        row = rows
        closer = _next_list(window, accepts) or (yield from _pass_text(window, accepts, closer, row))


def _pass_text(window: Window, accepts: Accepts, closer: str, row: int) -> Generator[Reject, None, str]:
    """Passes over text that stands where no row should, in the wrapping object or behind it.

    Gives the closing bracket of the rows behind that text; empty if there are none.
    """
    if window.peek() == "}":
        window.take(1)
        return (yield from _pass_object_end(window, accepts, closer, row))
    place = Place(row, window.line, window.offset)
    if find_next_row(window, accepts, keyed=closer == "}"):
        yield Reject(place, "malformed_json", "text stands behind the closing bracket")
        return closer
    yield Reject(place, "truncated", window.cut or "the wrapping object ends without its closing }")
    return ""


def _pass_object_end(window: Window, accepts: Accepts, closer: str, row: int) -> Generator[Reject, None, str]:
    """Looks behind the end of the wrapping object, where nothing should stand, for another one and for more rows."""
    if window.skip(NOT_SPACE):
        yield Reject(Place(row, window.line, window.offset), "malformed_json", "text stands behind the closing }")
        if window.peek() == "{" and (another := _enter_wrapper(window, accepts)):
            return another
        return closer if find_next_row(window, accepts, keyed=closer == "}") else ""
    if window.cut:
        yield Reject(Place(row, window.line, window.offset), "truncated", window.cut)
    return ""


def _read_members(
    window: Window, accepts: Accepts, *, closer: str, keyed: bool, row: int = 0
) -> Generator[RawRow | Reject, None, int | None]:
    """Yields the elements up to the closing bracket, passes over broken ones, and returns the next row's number."""
    expected_commas: int | None = 0
    while True:
        loose_commas = _pass_gap(window, row, closer, expected_commas)
        following = window.peek()
        if not following:
            if window.cut or closer:
                reason = window.cut or f"the file ends without its closing {closer}"
                yield Reject(Place(row, window.line, window.offset), "truncated", reason)
            return None
        if following == closer:
            yield from loose_commas
            window.take(1)
            return row
        key = window.read_key() if keyed else b""
        span = window.read_element()
        place = Place(row, span.line, span.offset, span.length)
        row += 1
        expected_commas = None if span.fault else 1
        try:
            if span.fault:
                raise span.fault
            yield from loose_commas
            values = decode_row(span.data)
            yield RawRow(place, {ROW_KEY: decode_name(key), **values} if keyed else values)
        except RejectedRecord as reject:
            in_list = f" (row {row:,} of the list)" if span.fault and closer == "]" else ""
            yield Reject(place, reject.code, reject.reason + in_list, reject.field)
            if not span.fault or (reject.code != "truncated" and find_next_row(window, accepts, keyed=keyed)):
                continue
            if window.cut and reject.code != "truncated":
                yield Reject(Place(row, window.line, window.offset), "truncated", window.cut)
            return None


def _pass_gap(window: Window, row: int, closer: str, expected_commas: int | None) -> list[Reject]:
    """Moves to the next element or the bracket; gives a Reject, which is no row, for too few or too many commas.

    Behind a broken element nobody knows how many to expect.
    """
    commas = window.skip_gap()
    following = window.peek()
    if not closer or not following or expected_commas is None:
        return []
    if following == closer:
        row, expected_commas = max(row - 1, 0), 0
    if commas == expected_commas:
        return []
    reason = f"expected {_COMMAS.get(expected_commas)}, found {_COMMAS.get(commas, f'{commas} commas')}"
    return [Reject(Place(row, window.line, window.offset), "loose_commas", reason)]


def _enter_wrapper(window: Window, accepts: Accepts) -> str:
    """Moves to the first row inside a wrapping object and gives its closing bracket; empty if there is none."""
    whole = window.scan()
    if not whole.fault and (not isinstance(whole.value, dict) or accepts(whole.value)):
        return ""
    window.take(1)
    return _next_list(window, accepts)


def _next_list(window: Window, accepts: Accepts) -> str:
    """Moves behind the opening bracket of the next member that holds rows; empty if there is none."""
    while window.skip(NOT_GAP) and window.peek() == '"':
        window.read_key()
        opening = window.peek()
        if opening in ("[", "{") and window.holds_rows(opening, accepts):
            window.take(1)
            return "]" if opening == "[" else "}"
        if window.read_element().fault:
            break
    return ""
