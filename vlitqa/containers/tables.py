"""CSV and TSV: one row a record, where a quoted cell may hold line feeds."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from vlitqa.containers.decode import LINE_CAP
from vlitqa.containers.encoding import guess_encoding
from vlitqa.containers.lines import BOM
from vlitqa.containers.stream import ByteStream
from vlitqa.errors import CutOff, RejectedRecord
from vlitqa.records import Place, Reject, Row

_LINES_OF_ONE_ROW = 2000
"""A quote that is still open after so many lines was never meant to be one."""


def looks_like_table(head: bytes) -> str:
    """The delimiter of a table whose header and first rows agree on their columns, or an empty string."""
    lines = head.decode("utf-8", "replace").lstrip("\ufeff").splitlines()
    if not lines or lines[0].lstrip()[:1] in ("{", "["):
        return ""
    for delimiter in ("\t", ",", ";"):
        rows = list(csv.reader(lines[:50], delimiter=delimiter))[:-1] or list(csv.reader(lines, delimiter=delimiter))
        width = len(rows[0])
        agreeing = sum(len(row) == width for row in rows)
        if width > 1 and agreeing > len(rows) // 2:
            return delimiter
    return ""


def read_table(stream: ByteStream, delimiter: str) -> Iterator[tuple[Place, Row] | Reject]:
    """Every row under the header, as an object of strings or a Reject."""
    csv.field_size_limit(LINE_CAP)
    lines = _Lines(stream)
    header: list[str] = []
    row = 0
    while (logical := lines.logical_row()) is not None:
        place = Place(row, logical.line, logical.offset, len(logical.data))
        try:
            cells = _cells(logical, delimiter)
            if not header:
                header = [name.strip() or f"column {position}" for position, name in enumerate(cells)]
                continue
            row += 1
            if len(cells) != len(header):
                raise RejectedRecord("column_count", f"{len(cells)} cells under {len(header)} columns")
            yield place, dict(zip(header, cells, strict=True))
        except RejectedRecord as reject:
            row += not header
            yield Reject(place, reject.code, reject.reason, reject.field)
    if lines.cut:
        yield Reject(Place(row, lines.line, lines.offset), "truncated", lines.cut)


class _Logical:
    """The bytes of one row of a table, over one line or several."""

    __slots__ = ("closed", "data", "line", "offset")

    def __init__(self, data: bytes, line: int, offset: int, closed: bool) -> None:
        self.data, self.line, self.offset, self.closed = data, line, offset, closed


def _cells(logical: _Logical, delimiter: str) -> list[str]:
    data = logical.data.removeprefix(BOM) if logical.line == 1 else logical.data
    if len(data) > LINE_CAP:
        raise RejectedRecord("line_too_long", f"the row is over the cap of {LINE_CAP:,} bytes")
    if not logical.closed:
        raise RejectedRecord("malformed_csv", "a quote is opened and never closed")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        guess = guess_encoding(data)
        hint = f" (looks like {guess})" if guess else ""
        raise RejectedRecord("bad_encoding", f"byte {error.start} is not UTF-8{hint}") from None
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise RejectedRecord("malformed_csv", str(error)) from None
    return rows[0] if rows else []


class _Lines:
    """Physical lines put together to rows; lines behind a quote that never closes are given back."""

    def __init__(self, stream: ByteStream) -> None:
        self._readline = stream.reader.readline
        self._waiting: list[bytes] = []
        self.line, self.offset, self.cut = 1, 0, ""

    def logical_row(self) -> _Logical | None:
        lines: list[bytes] = []
        quotes = 0
        while data := self._next():
            if not lines and not data.strip():
                self._pass(data)
                continue
            lines.append(data)
            quotes += data.count(b'"')
            if quotes % 2 == 0:
                return self._made(lines, closed=True)
            if len(lines) > _LINES_OF_ONE_ROW or len(data) > LINE_CAP:
                break
        if not lines:
            return None
        self._waiting = lines[1:] + self._waiting
        return self._made(lines[:1], closed=False)

    def _made(self, lines: list[bytes], *, closed: bool) -> _Logical:
        logical = _Logical(b"".join(lines), self.line, self.offset, closed)
        self._pass(logical.data)
        return logical

    def _pass(self, data: bytes) -> None:
        self.line += data.count(b"\n")
        self.offset += len(data)

    def _next(self) -> bytes:
        if self._waiting:
            return self._waiting.pop(0)
        try:
            return self._readline(LINE_CAP + 1)
        except CutOff as cut:
            self.cut = cut.message
            return b""
