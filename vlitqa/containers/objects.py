"""JSON objects one after another: in an array, concatenated, or inside a wrapping object; streamed."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from vlitqa.containers.decode import LINE_CAP, decode_row
from vlitqa.containers.lines import BOM
from vlitqa.containers.stream import ByteStream
from vlitqa.errors import CutOff, RejectedRecord
from vlitqa.records import ROW_KEY, Place, Reject, Row

Accepts = Callable[[Row], bool]
_CHUNK = 1 << 20
_NOT_SPACE = re.compile(r"[^ \t\r\n]")
_NOT_GAP = re.compile(r"[^ \t\r\n,]")
_NEXT_OBJECT = re.compile(r"[}\]\"]\s*,?\s*(?=\{)")
_SCAN = json.JSONDecoder(strict=False, parse_int=str).raw_decode


def read_objects(stream: ByteStream, accepts: Accepts) -> Iterator[tuple[Place, Row] | Reject]:
    """Every object of an array, of a concatenation, or of the list inside one wrapping object."""
    window = _Window(stream)
    window.skip(_NOT_SPACE)
    if window.peek() == "[":
        window.take(1)
        yield from _members(window, accepts, closer="]", keyed=False)
    elif closer := _enter_wrapper(window, accepts):
        yield from _members(window, accepts, closer=closer, keyed=closer == "}")
    else:
        stream.rewind()
        yield from _members(_Window(stream), accepts, closer="", keyed=False)


def keyed_spans(stream: ByteStream) -> Iterator[tuple[str, int, int]]:
    """Names and places of the values of one object, for files that are looked up instead of read through."""
    window = _Window(stream)
    window.skip(_NOT_SPACE)
    if window.take(1) != "{":
        return
    while window.skip(_NOT_GAP) and window.peek() == '"':
        name = window.key()
        span = window.element()
        if span.fault:
            return
        yield name, span.offset, span.length


def _members(window: _Window, accepts: Accepts, *, closer: str, keyed: bool) -> Iterator[tuple[Place, Row] | Reject]:
    """The elements up to the closing bracket; a broken one is passed over up to the next that is a row."""
    row = 0
    while True:
        window.skip(_NOT_GAP)
        following = window.peek()
        if not following:
            if window.cut or closer:
                reason = window.cut or f"the file ends without its closing {closer}"
                yield Reject(Place(row, window.line, window.offset), "truncated", reason)
            return
        if following == closer:
            return
        key, found = window.key() if keyed else "", None
        span = window.element()
        place = Place(row, span.line, span.offset, span.length)
        row += 1
        try:
            if span.fault:
                raise RejectedRecord(*span.fault)
            found = decode_row(span.data)
            yield place, {ROW_KEY: key, **found} if keyed else found
        except RejectedRecord as reject:
            yield Reject(place, reject.code, reject.reason, reject.field)
            if span.fault and not window.recover(accepts):
                if not window.cut:
                    return
                yield Reject(Place(row, window.line, window.offset), "truncated", window.cut)
                return


def _enter_wrapper(window: _Window, accepts: Accepts) -> str:
    """Moves to the first row inside a wrapping object and gives its closing bracket; empty if there is none."""
    whole = window.probe()
    if whole is not None and (not isinstance(whole, dict) or accepts(whole)):
        return ""
    window.take(1)
    while window.skip(_NOT_GAP) and window.peek() == '"':
        window.key()
        opening = window.peek()
        if opening in ("[", "{") and window.holds_rows(opening, accepts):
            window.take(1)
            return "]" if opening == "[" else "}"
        if window.element().fault:
            break
    return ""


@dataclass(frozen=True, slots=True)
class _Span:
    data: bytes
    line: int
    offset: int
    length: int
    fault: tuple[str, str] | None = None


class _Window:
    """The part of a file that is being looked at, as text in which every byte survives."""

    def __init__(self, stream: ByteStream) -> None:
        self._read = stream.reader.read1
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._ended = False
        self.text, self.position = "", 0
        self.line, self.offset = 1, 0
        self.cut = ""
        self._fill()
        if self.text.startswith("\ufeff"):
            self.text, self.offset = self.text[1:], len(BOM)

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self, count: int) -> str:
        taken = self.text[self.position : self.position + count]
        self._pass(self.position + count)
        return taken

    def skip(self, stop: re.Pattern[str]) -> bool:
        """Moves to the next character that matters; False at the end of the file."""
        while not (match := stop.search(self.text, self.position)):
            self._pass(len(self.text))
            if not self._fill():
                return False
        self._pass(match.start())
        return True

    def key(self) -> str:
        """Reads `"name":` and stops at the value."""
        span = self.element()
        self.skip(_NOT_SPACE)
        if self.peek() == ":":
            self.take(1)
            self.skip(_NOT_SPACE)
        return str(json.loads(span.data)) if not span.fault else ""

    def element(self) -> _Span:
        """The bytes of the value at the position, which moves behind it unless the value is broken."""
        line, offset = self.line, self.offset
        end, fault = self._end_of_value()
        if fault:
            return _Span(b"", line, offset, 0, fault)
        data = self.take(end - self.position).encode("utf-8", "surrogateescape")
        return _Span(data, line, offset, len(data))

    def probe(self) -> object | None:
        """The value at the position without moving; None if it is broken or longer than one row may be."""
        fault = self._end_of_value()[1]
        return None if fault else self._try(self.position)

    def holds_rows(self, opening: str, accepts: Accepts) -> bool:
        """Whether the array or object at the position has a row as its first element."""
        inner = re.compile(r"\[\s*(?=\{)" if opening == "[" else r'\{\s*"(?:[^"\\]|\\.)*"\s*:\s*(?=\{)')
        while not (match := inner.match(self.text, self.position)):
            if len(self.text) - self.position > 1000 or not self._fill():
                return False
        mark = self.position
        self.position = match.end()
        value = self.probe()
        self.position = mark
        return isinstance(value, dict) and accepts(value if opening == "[" else {ROW_KEY: "", **value})

    def recover(self, accepts: Accepts) -> bool:
        """Moves to the next object behind a broken one that is a row; False if there is none."""
        start = self.position + 1
        while True:
            while match := _NEXT_OBJECT.search(self.text, start):
                start = match.end()
                value = self._try(start)
                if isinstance(value, dict) and accepts(value):
                    self._pass(match.end())
                    return True
            keep = max(start, len(self.text) - 1000)
            self._pass(min(keep, len(self.text)))
            if not self._fill():
                return False
            start = 0

    def _try(self, start: int) -> Any:
        try:
            return _SCAN(self.text, start)[0]
        except (json.JSONDecodeError, RecursionError):
            return None

    def _end_of_value(self) -> tuple[int, tuple[str, str] | None]:
        while True:
            try:
                return _SCAN(self.text, self.position)[1], None
            except RecursionError:
                return 0, ("too_deep", "nested too deep")
            except json.JSONDecodeError as error:
                fault = ("malformed_json", f"{error.msg} at character {error.pos - self.position} of the element")
                near_end = error.pos >= len(self.text) - 16 or error.msg.startswith("Unterminated string")
            if not near_end:
                return 0, fault
            if len(self.text) - self.position > LINE_CAP:
                return 0, ("line_too_long", f"an element of the file is over the cap of {LINE_CAP:,} bytes")
            if not self._fill():
                return 0, ("truncated", self.cut or "the file ends inside an element") if self.cut else fault

    def _pass(self, position: int) -> None:
        """Moves forward, keeping count of lines and bytes."""
        passed = self.text[self.position : position]
        self.line += passed.count("\n")
        self.offset += len(passed) if passed.isascii() else len(passed.encode("utf-8", "surrogateescape"))
        self.position = position

    def _fill(self) -> bool:
        """Drops what was passed and reads on; False at the end."""
        if self._ended:
            return False
        pieces, got = [], 0
        want = max(_CHUNK, len(self.text) - self.position)
        try:
            while got < want and (piece := self._read(want - got)):
                pieces.append(piece)
                got += len(piece)
        except CutOff as cut:
            self.cut = cut.message
        self._ended = got < want
        self.text = self.text[self.position :] + self._decoder.decode(b"".join(pieces), final=self._ended)
        self.position = 0
        return got > 0
