"""CSV and TSV: one row a record, where a quoted cell may hold line feeds."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from vlitqa.algorithms.counted import counted
from vlitqa.containers.decode import LINE_CAP
from vlitqa.containers.encoding import guess_encoding
from vlitqa.containers.lines import BOM
from vlitqa.containers.stream import ByteStream
from vlitqa.errors import CutOff, DatasetError, RejectedRecord
from vlitqa.records import Place, RawRow, Reject

_LINES_OF_ONE_ROW = 2000
"""A quote that is still open after so many lines was never meant to be one."""


def find_delimiter(head: bytes) -> str:
    """Finds the delimiter with which header and first rows agree best on their columns; empty for no table."""
    csv.field_size_limit(LINE_CAP)
    lines = head.decode("utf-8", "replace").lstrip("\ufeff").split("\n")[:50]
    if lines[0].lstrip()[:1] in ("{", "["):
        return ""
    shares: dict[str, float] = {}
    for delimiter in ("\t", ",", ";"):
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        whole = rows[:-1] or rows  # the last may be cut
        agreeing = sum(len(row) == len(rows[0]) for row in whole)
        if rows and len(rows[0]) > 1 and agreeing > len(whole) // 2:
            shares[delimiter] = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
    return max(shares, key=shares.__getitem__, default="")


def read_csv(stream: ByteStream, delimiter: str) -> Iterator[RawRow | Reject]:
    """Yields every row under the header, as an object of strings or a Reject."""
    lines = _TableLines(stream)
    parser = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] = []
    row = 0
    while lines.begin_row():
        line, offset = lines.line, lines.offset
        try:
            cells = _read_cells(parser, lines)
            if header and len(cells) != len(header):
                raise RejectedRecord(
                    "column_count", f"{counted(len(cells), 'cell')} under {counted(len(header), 'column')}"
                )
        except RejectedRecord as reject:
            place = Place(row, line, offset, lines.end_row() - offset)
            yield Reject(place, reject.code, reject.reason, reject.field)
            row += 1
            if reject.code == "truncated":
                return
            continue
        length = lines.end_row() - offset
        if header:
            yield RawRow(Place(row, line, offset, length), dict(zip(header, cells, strict=True)))
            row += 1
        else:
            header = [name.strip() or f"column {position}" for position, name in enumerate(cells)]
            if len(set(header)) != len(header):
                raise DatasetError(f"{stream.source.path} has two columns of one name.", repair="Rename one of them.")
    if lines.cut:
        yield Reject(Place(row, lines.line, lines.offset), "truncated", lines.cut)


def _read_cells(parser: Iterator[list[str]], lines: _TableLines) -> list[str]:
    """Reads the cells of the next row; where a quote never closes, only the first line of it is given up."""
    try:
        cells = next(parser)
    except UnicodeDecodeError as error:
        guess = guess_encoding(lines.last_line())
        hint = f" (looks like {guess})" if guess else ""
        raise RejectedRecord("bad_encoding", f"byte {error.start} is not UTF-8{hint}") from None
    except (csv.Error, StopIteration) as error:
        if lines.cut:
            raise RejectedRecord("truncated", lines.cut) from None
        lines.refuse_long_line()
        reason = "a quote is not closed" if lines.give_back() else str(error)
        raise RejectedRecord("malformed_csv", reason) from None
    lines.refuse_long_line()
    return cells


class _TableLines(Iterator[str]):
    """Lines for the parser, which takes as many as one row has; they can be given back."""

    def __init__(self, stream: ByteStream) -> None:
        self._readline = stream.reader.readline
        self._waiting: list[bytes] = []
        self._row: list[bytes] = []
        self.line, self.offset, self.cut = 1, 0, ""

    def begin_row(self) -> bool:
        """Moves to the next line that is not blank; False at the end of the file."""
        while data := self._next_line():
            if data.strip():
                self._waiting.insert(0, data)
                return True
            self._pass(data)
        return False

    def __next__(self) -> str:
        if len(self._row) > _LINES_OF_ONE_ROW or sum(map(len, self._row)) > LINE_CAP:
            raise StopIteration
        data = self._next_line()
        if not data:
            raise StopIteration
        self._row.append(data)
        is_first = self.line == 1 and len(self._row) == 1
        return (data.removeprefix(BOM) if is_first else data).decode()

    def end_row(self) -> int:
        """Moves behind the row and gives the offset there."""
        for data in self._row:
            self._pass(data)
        self._row = []
        return self.offset

    def last_line(self) -> bytes:
        """The line that the parser took last."""
        return self._row[-1]

    def refuse_long_line(self) -> None:
        """Passes over the rest of a line that is too long for a row; it is never held."""
        if len(self._row) != 1 or len(self._row[0]) <= LINE_CAP:
            return
        data = self._row[0]
        while data and not data.endswith(b"\n"):
            data = self._next_line()
            self._pass(data)
        raise RejectedRecord("line_too_long", f"the row is over the cap of {LINE_CAP:,} bytes")

    def give_back(self) -> bool:
        """Keeps only the first line of the row; True if there were others."""
        others = self._row[1:]
        self._waiting = others + self._waiting
        self._row = self._row[:1]
        return bool(others)

    def _pass(self, data: bytes) -> None:
        self.line += data.count(b"\n")
        self.offset += len(data)

    def _next_line(self) -> bytes:
        if self._waiting:
            return self._waiting.pop(0)
        try:
            return self._readline(LINE_CAP + 1)
        except CutOff as cut:
            self.cut = cut.message
            return b""
