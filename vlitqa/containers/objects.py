"""JSON objects one after another: in an array, concatenated, or inside a wrapping object; streamed."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from vlitqa.containers.decode import decode_name, decode_row
from vlitqa.containers.stream import ByteStream
from vlitqa.containers.window import NOT_GAP, NOT_SPACE, Accepts, Window
from vlitqa.errors import RejectedRecord
from vlitqa.records import ROW_KEY, Place, Reject, Row

_COMMAS = {0: "no comma", 1: "one comma"}
_VALUE_CAP = 96 << 20
"""Bytes that one looked-up value may have: the base64 of an image of 64 MiB."""


def read_objects(stream: ByteStream, accepts: Accepts) -> Iterator[tuple[Place, Row] | Reject]:
    """Every object of an array, of a concatenation, or of the list inside one wrapping object."""
    window = Window(stream)
    window.skip(NOT_SPACE)
    if window.peek() == "[":
        window.take(1)
        rows = yield from _members(window, accepts, closer="]", keyed=False)
        if rows is None:
            return
        if window.skip(NOT_SPACE):
            yield Reject(Place(rows, window.line, window.offset), "malformed_json", "text stands behind the closing ]")
        elif window.cut:
            yield Reject(Place(rows, window.line, window.offset), "truncated", window.cut)
    elif closer := _enter_wrapper(window, accepts):
        yield from _wrapped(window, accepts, closer)
    else:
        stream.rewind()
        yield from _members(Window(stream), accepts, closer="", keyed=False)


def keyed_spans(stream: ByteStream) -> Iterator[tuple[str, int, int]]:
    """Names and places of the values of one object, for files that are looked up instead of read through."""
    window = Window(stream, cap=_VALUE_CAP)
    window.skip(NOT_SPACE)
    if window.take(1) != "{":
        return
    while window.skip(NOT_GAP) and window.peek() == '"':
        name = window.key()
        span = window.element()
        if span.fault:
            raise RejectedRecord(*span.fault, line=span.line)
        yield decode_name(name), span.offset, span.length
    if window.peek() != "}":
        raise RejectedRecord("truncated", "the file ends without its closing }", line=window.line)


def _wrapped(window: Window, accepts: Accepts, closer: str) -> Iterator[tuple[Place, Row] | Reject]:
    """The rows of every list inside a wrapping object, which may hold splits, and whether the object ends."""
    rows: int | None = 0
    while closer:
        rows = yield from _members(window, accepts, closer=closer, keyed=closer == "}", row=rows or 0)
        if rows is None:
            return
        closer = _next_list(window, accepts)
    if window.peek() != "}":
        reason = window.cut or "the wrapping object ends without its closing }"
        yield Reject(Place(rows or 0, window.line, window.offset), "truncated", reason)


def _members(
    window: Window, accepts: Accepts, *, closer: str, keyed: bool, row: int = 0
) -> Generator[tuple[Place, Row] | Reject, None, int | None]:
    """The elements up to the closing bracket, and the next row's number; a broken one is passed over."""
    wanted: int | None = 0
    while True:
        loose = _pass_gap(window, row, closer, wanted)
        following = window.peek()
        if not following:
            if window.cut or closer:
                reason = window.cut or f"the file ends without its closing {closer}"
                yield Reject(Place(row, window.line, window.offset), "truncated", reason)
            return None
        if following == closer:
            yield from loose
            window.take(1)
            return row
        key = window.key() if keyed else b""
        span = window.element()
        place = Place(row, span.line, span.offset, span.length)
        row += 1
        wanted = None if span.fault else 1
        try:
            if span.fault:
                raise RejectedRecord(*span.fault)
            yield from loose
            found = decode_row(span.data)
            yield place, {ROW_KEY: decode_name(key), **found} if keyed else found
        except RejectedRecord as reject:
            yield Reject(place, reject.code, reject.reason, reject.field)
            if not span.fault or (reject.code != "truncated" and window.recover(accepts, keyed=keyed)):
                continue
            if window.cut and reject.code != "truncated":
                yield Reject(Place(row, window.line, window.offset), "truncated", window.cut)
            return None


def _pass_gap(window: Window, row: int, closer: str, wanted: int | None) -> list[Reject]:
    """Moves to the next element or the bracket; gives a mark, which is no row, where the commas are not as wanted.

    Behind a broken element nobody knows how many are.
    """
    commas = window.gap()
    following = window.peek()
    if not closer or not following or wanted is None:
        return []
    if following == closer:
        row, wanted = max(row - 1, 0), 0
    if commas == wanted:
        return []
    reason = f"expected {_COMMAS.get(wanted)}, found {_COMMAS.get(commas, f'{commas} commas')}"
    return [Reject(Place(row, window.line, window.offset), "loose_commas", reason)]


def _enter_wrapper(window: Window, accepts: Accepts) -> str:
    """Moves to the first row inside a wrapping object and gives its closing bracket; empty if there is none."""
    whole = window.probe()
    if whole is not None and (not isinstance(whole, dict) or accepts(whole)):
        return ""
    window.take(1)
    return _next_list(window, accepts)


def _next_list(window: Window, accepts: Accepts) -> str:
    """Moves behind the opening bracket of the next member that holds rows; empty if there is none."""
    while window.skip(NOT_GAP) and window.peek() == '"':
        window.key()
        opening = window.peek()
        if opening in ("[", "{") and window.holds_rows(opening, accepts):
            window.take(1)
            return "]" if opening == "[" else "}"
        if window.element().fault:
            break
    return ""
