"""A window that moves over a JSON file from value to value, however long the file is."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable

from vlitqa.containers.brackets import match_brackets
from vlitqa.containers.decode import LINE_CAP
from vlitqa.containers.lines import BOM
from vlitqa.containers.scan import NEVER_CLOSED, Break, Scan, Span, malformed
from vlitqa.containers.stream import ByteStream
from vlitqa.errors import CutOff
from vlitqa.records import Row

Accepts = Callable[[Row], bool]
NOT_SPACE = re.compile(r"[^ \t\r\n]")
NOT_GAP = re.compile(r"[^ \t\r\n,]")
_CHUNK = 1 << 20
_FIRST_LOOK, _GROWTH = 1 << 12, 8
"""Characters of a value that are looked at first: most rows are shorter. A longer look costs a copy of all of them."""
_LONGEST_TOKEN = 16
"""Characters at the end of a look that may be the beginning of a number or a word."""
_NAME_CAP = 1000
"""Characters that are read ahead for the name of a first member."""
_OBJECTS_TRIED = 50
"""Elements of an array that are looked at before it is held for one without rows."""
_GAP = re.compile(r"[\s,]*(?=[^\s,\]])")
_NAME = re.compile(r'[\s,]*"(?:[^"\\]|\\.)*"\s*:\s*')
_OBJECT = re.compile(r'\{(?=\s*")')
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
        self._dropped = 0
        """Characters of the file in front of the text."""
        self._unclosed: dict[int, Break] = {}
        """Why opening brackets, counted in characters of the file, are known to close nowhere."""
        self.fill()
        if self.text.startswith("\ufeff"):
            self.text, self.offset = self.text[1:], len(BOM)

    def peek(self) -> str:
        """The next character; empty at the end of the file."""
        return self.text[self.position : self.position + 1]

    def take(self, count: int) -> str:
        """Moves behind so many characters and gives them."""
        characters = self.text[self.position : self.position + count]
        self.move_to(self.position + count)
        return characters

    def skip(self, stop: re.Pattern[str]) -> bool:
        """Moves to the next character that matters; False at the end of the file."""
        while not (match := stop.search(self.text, self.position)):
            self.move_to(len(self.text))
            if not self.fill():
                return False
        self.move_to(match.start())
        return True

    def skip_gap(self) -> int:
        """Moves to the next character that is neither a space nor a comma, and counts the commas before it."""
        commas = 0
        while not (match := NOT_GAP.search(self.text, self.position)):
            commas += self.text.count(",", self.position)
            self.move_to(len(self.text))
            if not self.fill():
                return commas
        commas += self.text.count(",", self.position, match.start())
        self.move_to(match.start())
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
        scan = self.scan()
        if scan.fault:
            return Span(data=b"", line=line, offset=offset, length=0, fault=scan.fault)
        data = self.take(scan.length).encode("utf-8", "surrogateescape")
        return Span(data=data, line=line, offset=offset, length=len(data))

    def holds_rows(self, opening: str, accepts: Accepts) -> bool:
        """True if one of the first elements of the array or object at the position is a row."""
        if len(self.text) - self.position < _NAME_CAP:
            self.fill()
        gap = _GAP if opening == "[" else _NAME
        ahead = 1
        for _ in range(_OBJECTS_TRIED):
            match = gap.match(self.text, self.position + ahead)
            if not match:
                return False
            ahead = match.end() - self.position
            scan = self.scan(ahead)
            if scan.fault and not scan.length:
                return self._holds_row_behind(ahead, accepts)
            if scan.holds_row(accepts):
                return True
            ahead += scan.length
        return self._holds_row_behind(ahead, accepts)

    def _holds_row_behind(self, ahead: int, accepts: Accepts) -> bool:
        """True if one of the next objects is a row with a comma or a closing bracket behind it."""
        for _ in range(_OBJECTS_TRIED):
            match = _OBJECT.search(self.text, self.position + ahead)
            if not match:
                return False
            ahead = match.start() - self.position
            scan = self.scan(ahead)
            if scan.holds_row(accepts) and _MEMBER_END.match(self.text, self.position + ahead + scan.length):
                return True
            ahead += scan.length if scan.fault and scan.length else 1  # what is nested too deep is passed as a whole
        return False

    def is_unclosed(self, ahead: int) -> bool:
        """True if the bracket so far ahead is known to close nowhere."""
        return self._dropped + self.position + ahead in self._unclosed

    def scan(self, ahead: int = 0, size: int = _FIRST_LOOK) -> Scan:
        """Parses the value so far ahead without moving.

        Brackets that are open where a value breaks never close: they are remembered, so that no text is looked at
        once for each of them. `size` is the number of characters that are looked at first.
        """
        start = self._dropped + self.position + ahead
        if start in self._unclosed:
            return Scan(fault=self._unclosed[start].seen_from(start))
        while True:
            text, is_whole = self._look(ahead, size)
            try:
                value, length = _SCAN(text)
            except RecursionError:
                return self._scan_too_deep(ahead)
            except json.JSONDecodeError as error:
                is_unfinished = error.msg.startswith("Unterminated string") or not NOT_SPACE.search(text, error.pos)
                if not is_unfinished and error.pos < len(text) - _LONGEST_TOKEN:
                    open_objects = match_brackets(text[: error.pos]).open_objects
                    return self._give_up(ahead, open_objects, malformed(error, start))
                if is_whole:
                    cut = self.cut or ("the file ends inside an element" if is_unfinished else "")
                    fault = Break("truncated", cut) if cut else malformed(error, start)
                    return self._give_up(ahead, match_brackets(text).open_objects, fault)
                if size == 2 * self._cap:
                    reason = f"an element of the file is over the cap of {self._cap:,} bytes"
                    longer = [place for place in match_brackets(text).open_objects if place <= self._cap]
                    return self._give_up(ahead, longer, Break("line_too_long", reason))
            else:
                if length < len(text) or is_whole or text[length - 1] in '}]"':  # a number may go on behind the look
                    return Scan(value=value, length=length)
            size = min(_GROWTH * size, 2 * self._cap)

    def _scan_too_deep(self, ahead: int) -> Scan:
        """Finds the end of a value that is nested too deep for the parser."""
        fault = Break("too_deep", "nested too deep")
        text, is_whole = self._look(ahead, 2 * self._cap)
        brackets = match_brackets(text)
        if brackets.end:
            return Scan(length=brackets.end, fault=fault.seen_from(0))
        longer = [place for place in brackets.open_objects if is_whole or place <= self._cap]
        return self._give_up(ahead, longer, fault)

    def _give_up(self, ahead: int, unclosed: Iterable[int], fault: Break) -> Scan:
        """Remembers the brackets that never close, and why, if the parser stopped at one place for all of them."""
        start = self._dropped + self.position + ahead
        why = NEVER_CLOSED if fault.place is None else fault
        self._unclosed.update((start + place, why) for place in unclosed)
        return Scan(fault=fault.seen_from(start))

    def _look(self, ahead: int, size: int) -> tuple[str, bool]:
        """The text so far ahead, and True if nothing stands behind it."""
        while len(self.text) - self.position - ahead <= size and self.fill():
            pass
        start = self.position + ahead
        return self.text[start : start + size], len(self.text) <= start + size

    def move_to(self, position: int) -> None:
        """Moves forward, keeping count of lines and bytes."""
        text = self.text[self.position : position]
        self.line += text.count("\n")
        self.offset += len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))
        self.position = position

    def fill(self) -> bool:
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
        self._dropped += self.position
        self._unclosed = {place: why for place, why in self._unclosed.items() if place >= self._dropped}
        self.text = self.text[self.position :] + self._decoder.decode(b"".join(pieces), final=self._ended)
        self.position = 0
        return size > 0
