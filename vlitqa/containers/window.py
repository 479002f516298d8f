"""A window that moves over a JSON file from value to value, however long the file is."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vlitqa.containers.decode import LINE_CAP
from vlitqa.containers.lines import BOM
from vlitqa.containers.stream import ByteStream
from vlitqa.errors import CutOff, RejectedRecord
from vlitqa.records import Row

Accepts = Callable[[Row], bool]
NOT_SPACE = re.compile(r"[^ \t\r\n]")
NOT_GAP = re.compile(r"[^ \t\r\n,]")
_CHUNK = 1 << 20
_NAME_CAP = 1000
"""Characters of a name in front of a row, if the row before it is broken."""
_OBJECTS_TRIED = 50
"""Elements of an array that are looked at before it is held for one without rows."""
_GAP = re.compile(r"[\s,]*(?=[^\s,\]])")
_NAME = re.compile(r'[\s,]*"(?:[^"\\]|\\.)*"\s*:\s*')
_OBJECT = re.compile(r'\{(?=\s*")')
_NAMED_OBJECT = re.compile(r'"(?:[^"\\]|\\.)*"\s*:\s*(?=\{)')
_MEMBER_END = re.compile(r"\s*[,\]}]")
_SCAN = json.JSONDecoder(strict=False, parse_int=str).raw_decode


class Window:
    """The part of a file at which a reader stands, as text in which every byte survives."""

    def __init__(self, stream: ByteStream, *, cap: int = LINE_CAP) -> None:
        self._cap = cap
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
        """The next character; empty at the end of the file."""
        return self.text[self.position : self.position + 1]

    def take(self, count: int) -> str:
        """Moves behind so many characters and gives them."""
        characters = self.text[self.position : self.position + count]
        self._pass(self.position + count)
        return characters

    def skip(self, stop: re.Pattern[str]) -> bool:
        """Moves to the next character that matters; False at the end of the file."""
        while not (match := stop.search(self.text, self.position)):
            self._pass(len(self.text))
            if not self._fill():
                return False
        self._pass(match.start())
        return True

    def skip_gap(self) -> int:
        """Moves to the next character that is neither a space nor a comma, and counts the commas before it."""
        commas = 0
        while not (match := NOT_GAP.search(self.text, self.position)):
            commas += self.text.count(",", self.position)
            self._pass(len(self.text))
            if not self._fill():
                return commas
        commas += self.text.count(",", self.position, match.start())
        self._pass(match.start())
        return commas

    def read_key(self) -> bytes:
        """Reads `"name":`, stops at the value and gives the bytes of the name."""
        span = self.read_element()
        self.skip(NOT_SPACE)
        if self.peek() == ":":
            self.take(1)
            self.skip(NOT_SPACE)
        return span.data or b'""'

    def read_element(self) -> Span:
        """Reads the value at the position, which moves behind it unless the value is broken."""
        line, offset = self.line, self.offset
        end, fault = self._end_of_value()
        if fault:
            return Span(data=b"", line=line, offset=offset, length=0, fault=fault)
        data = self.take(end - self.position).encode("utf-8", "surrogateescape")
        return Span(data=data, line=line, offset=offset, length=len(data))

    def probe(self) -> object | None:
        """The value at the position without moving; None if it is broken or longer than one row may be."""
        fault = self._end_of_value()[1]
        return None if fault else self._scan(self.position)[0]

    def holds_rows(self, opening: str, accepts: Accepts) -> bool:
        """True if one of the first elements of the array or object at the position is a row."""
        if len(self.text) - self.position < _NAME_CAP:
            self._fill()
        gap = _GAP if opening == "[" else _NAME
        ahead = 1
        for _ in range(_OBJECTS_TRIED):
            match = gap.match(self.text, self.position + ahead)
            if not match:
                return False
            ahead = match.end() - self.position
            end, fault = self._end_of_value(ahead)
            if fault:
                break
            if self._end_of_row(self.position + ahead, accepts):
                return True
            ahead = end - self.position
        others = islice(_OBJECT.finditer(self.text, self.position + ahead), _OBJECTS_TRIED)  # behind a broken one
        ends = (self._end_of_row(match.start(), accepts) for match in others)
        return any(end and _MEMBER_END.match(self.text, end) for end in ends)

    def recover(self, accepts: Accepts, *, keyed: bool) -> bool:
        """Moves to the next object behind a broken one that is a row, or to its name; False if there is none."""
        pattern = _NAMED_OBJECT if keyed else _OBJECT
        self._pass(self.position + 1)
        while True:
            match = pattern.search(self.text, self.position)
            if match:
                self._pass(match.start())
                ahead = match.end() - match.start() if keyed else 0
                end, fault = self._end_of_value(ahead)
                if not fault and self._end_of_row(self.position + ahead, accepts):
                    return True
                self._pass(self.position + ahead + 1 if fault else end)  # no row stands inside a sound object
            else:
                self._pass(max(self.position, len(self.text) - _NAME_CAP))
                if not self._fill():
                    return False

    def _end_of_row(self, start: int, accepts: Accepts) -> int:
        """The end of the row that starts at a position; 0 if there is none."""
        value, end = self._scan(start)
        return end if isinstance(value, dict) and accepts(value) else 0

    def _scan(self, start: int) -> tuple[Any, int]:
        try:
            return _SCAN(self.text, start)
        except (json.JSONDecodeError, RecursionError):
            return None, 0

    def _end_of_value(self, ahead: int = 0) -> tuple[int, RejectedRecord | None]:
        """The end of the value so far ahead, or its fault."""
        while True:
            start = self.position + ahead
            try:
                end = _SCAN(self.text, start)[1]
                if end < len(self.text) or self._ended or self.text[end - 1] in '}]"':
                    return end, None
                self._fill()  # a number may go on behind the window
                continue
            except RecursionError:
                return 0, RejectedRecord("too_deep", "nested too deep")
            except json.JSONDecodeError as error:
                reason = f"{error.msg} at character {error.pos - start} of the element"
                unfinished = error.msg.startswith("Unterminated string") or not NOT_SPACE.search(self.text, error.pos)
                near_end = unfinished or error.pos >= len(self.text) - 16
            if not near_end:
                return 0, RejectedRecord("malformed_json", reason)
            if len(self.text) - start > self._cap:
                return 0, RejectedRecord(
                    "line_too_long", f"an element of the file is over the cap of {self._cap:,} bytes"
                )
            if not self._fill():
                cut = self.cut or ("the file ends inside an element" if unfinished else "")
                return 0, RejectedRecord("truncated", cut) if cut else RejectedRecord("malformed_json", reason)

    def _pass(self, position: int) -> None:
        """Moves forward, keeping count of lines and bytes."""
        text = self.text[self.position : position]
        self.line += text.count("\n")
        self.offset += len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))
        self.position = position

    def _fill(self) -> bool:
        """Drops what was passed and reads on; False at the end."""
        if self._ended:
            return False
        pieces, size = [], 0
        full = max(_CHUNK, len(self.text) - self.position)
        try:
            while size < full and (piece := self._read(full - size)):
                pieces.append(piece)
                size += len(piece)
        except CutOff as cut:
            self.cut = cut.message
        self._ended = size < full
        self.text = self.text[self.position :] + self._decoder.decode(b"".join(pieces), final=self._ended)
        self.position = 0
        return size > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The bytes of one value and their place, or their fault."""

    data: bytes
    line: int
    offset: int
    length: int
    fault: RejectedRecord | None = None
