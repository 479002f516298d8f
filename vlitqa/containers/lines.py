"""JSON Lines: one object a line, and one bad line never touches its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vlitqa.containers.decode import LINE_CAP, decode_row, is_plain
from vlitqa.containers.stream import ByteStream
from vlitqa.errors import CutOff, RejectedRecord
from vlitqa.records import Place, RawRow, Reject

BOM = b"\xef\xbb\xbf"
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?(\Z))', re.DOTALL)
"""A string, closed or not: what an unclosed one holds is looked at once, whatever its number of escaped quotes."""
_BLOCK = 1 << 16
"""Small enough that arrays of its size come from memory that is at hand."""


def read_lines(stream: ByteStream) -> Iterator[RawRow | Reject]:
    """Yields every line that is not blank, as an object or a Reject; lines end at line feeds alone."""
    lines = _Lines(stream)
    row = line = 0
    offset = lines.start
    for block in lines.blocks():
        newline, plain = lines.newline, lines.plain
        for content in block:
            line += 1
            length = len(content) + newline
            try:
                values = decode_row(content, plain=plain)
            except RejectedRecord as reject:
                if not newline and _is_cut(content):
                    yield Reject(Place(row, line, offset, length), "truncated", "the file ends in the middle of a row")
                elif len(content) > LINE_CAP or (content and not content.isspace()):
                    yield Reject(Place(row, line, offset, length), reject.code, reject.reason, reject.field)
                    row += 1
            else:
                yield RawRow(Place(row, line, offset, length), values)
                row += 1
            offset += length
        if lines.skipped:
            line += 1
            reason = f"the line has {lines.skipped:,} bytes, over the cap of {LINE_CAP:,}"
            yield Reject(Place(row, line, offset, lines.skipped), "line_too_long", reason)
            row += 1
            offset += lines.skipped
    if lines.cut:
        yield Reject(Place(row, line + 1, offset), "truncated", lines.cut)


def _is_cut(last_line: bytes) -> bool:
    """True if a line begins an object that it does not end: a line feed behind it would have shown that it is whole."""
    if not last_line.lstrip().startswith(b"{"):
        return False
    outside = _STRING.sub(lambda string: b"" if string.lastindex is None else b'"', last_line)
    opened, closed = (sum(map(outside.count, pair)) for pair in ((b"{", b"["), (b"}", b"]")))
    return b'"' in outside or opened > closed


class _Lines:
    """The lines of a file, many at a time; one that is too long is passed over without being held."""

    def __init__(self, stream: ByteStream) -> None:
        self._read = stream.reader.read1
        self.cut = ""
        self.newline = 1
        """Bytes that end each line of the latest block: none behind the last line of many files."""
        self.plain = False
        """True if the lines of the latest block are certain to need fewer checks."""
        self.skipped = 0
        """Bytes of an overlong line that stands behind the latest block."""
        head = self._read_block()
        self.start = len(BOM) if head.startswith(BOM) else 0
        self._ahead = head[self.start :]

    def blocks(self) -> Iterator[list[bytes]]:
        """Yields the lines of one block after the other, without their ends."""
        carried = b""
        while block := self._ahead or self._read_block(max(_BLOCK, len(carried))):
            self._ahead = b""
            joined = carried + block
            lines = joined.split(b"\n")
            carried = lines.pop()
            self.plain = bool(lines) and len(joined) < 4 * _BLOCK and is_plain(joined, max(map(len, lines)))
            self.skipped = 0
            if len(carried) > LINE_CAP:
                self.skipped, carried = self._skip_line(len(carried)), b""
            yield lines
        self.skipped = 0
        if carried and not self.cut:
            self.newline, self.plain = 0, False
            yield [carried]

    def _skip_line(self, passed: int) -> int:
        """Passes over the rest of an overlong line and gives its length; what was read behind it is next."""
        while block := self._read_block():
            rest, newline, self._ahead = block.partition(b"\n")
            passed += len(rest) + len(newline)
            if newline:
                break
        return passed

    def _read_block(self, size: int = _BLOCK) -> bytes:
        try:
            return self._read(size)
        except CutOff as cut:
            self.cut = cut.message
            return b""
