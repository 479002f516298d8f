"""The pages of Parquet's columns, looked through before Arrow reads them: it allocates whatever a header claims."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.containers.thrift import Structure, read_structure

_HEADER_LOOKS = (1 << 8, 1 << 12, 1 << 20)
"""Bytes in which the header of a page is looked for: most need few, and one with long statistics more."""
_TAIL = 8
"""Bytes behind the footer: its length, and the magic."""
_MOST_BYTES, _MOST_VALUES = 1 << 30, 1 << 26
"""The most that a page may claim to hold."""
DICTIONARY_PAGE = 2
_DATA_PAGE, _DATA_PAGE_V2 = 0, 3
DELTA_BYTE_ARRAY = 7
_TEXT_TYPES = (6, 7)
_COUNTS = {_DATA_PAGE: 5, DICTIONARY_PAGE: 7, _DATA_PAGE_V2: 8}
"""By kind of page: the field with the header of its kind, whose first field is a number of values."""


@dataclass(frozen=True, slots=True)
class PageHeader:
    """What the header of a page claims."""

    kind: int
    uncompressed_bytes: int
    compressed_bytes: int
    values: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChunk:
    """The values of one column in one row group."""

    start: int
    compressed_bytes: int
    uncompressed_bytes: int
    values: int
    encodings: tuple[int, ...]
    holds_texts: bool
    """True for bytes of any length, or of one."""


class PageReader:
    """Reads headers of pages, and the footer that says where they are."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        length = raw.seek(0, io.SEEK_END)
        size = int.from_bytes(self._read(length - _TAIL, 4), "little")
        try:
            self._groups: list[Structure] = read_structure(self._read(length - _TAIL - size, size))[0].get(4, [])
        except (EOFError, ValueError) as error:
            raise pa.ArrowInvalid(f"the footer cannot be read: {error}") from None

    def chunks(self, group: int) -> list[ColumnChunk]:
        """The columns of a row group; raises ArrowInvalid where the footer does not describe them."""
        try:
            return [_chunk(column[3]) for column in self._groups[group][1]]
        except (IndexError, KeyError, TypeError) as error:
            raise pa.ArrowInvalid(f"the footer does not describe its columns ({error!r})") from None

    def first_page(self, chunk: ColumnChunk) -> PageHeader:
        """The first page of a column, which is its dictionary if it has one."""
        return self._page(chunk.start)[0]

    def refuse_false_pages(self, chunk: ColumnChunk) -> None:
        """Raises ArrowInvalid for a page that claims more than its column has, or more than any page should."""
        place, end, values = chunk.start, chunk.start + chunk.compressed_bytes, 0
        while place < end and values < chunk.values:
            page, content = self._page(place)
            place = content + page.compressed_bytes
            values += page.values if page.kind != DICTIONARY_PAGE else 0
            if not (0 <= page.compressed_bytes <= end - content and 0 <= page.uncompressed_bytes <= _MOST_BYTES):
                raise pa.ArrowInvalid("a page is longer than its column")
            if not 0 <= page.values <= _MOST_VALUES or values > chunk.values:
                raise pa.ArrowInvalid("a page has more values than its column")

    def _page(self, place: int) -> tuple[PageHeader, int]:
        """A page, and the place of its content."""
        for size in _HEADER_LOOKS:
            data = self._read(place, size)
            try:
                header, length = read_structure(data)
                kind = header[1]
                return PageHeader(kind, header[2], header[3], header[_COUNTS[kind]][1]), place + length
            except EOFError:
                continue
            except (ValueError, KeyError, TypeError):
                break
        raise pa.ArrowInvalid("the header of a page cannot be read")

    def _read(self, place: int, size: int) -> bytes:
        self._raw.seek(max(0, place))
        return self._raw.read(size) or b""


def refuse_false_counts(file: pq.ParquetFile, rows: int, chunks: list[ColumnChunk]) -> None:
    """Raises ArrowInvalid where a column that has one value in each row has another number of them."""
    for position, chunk in enumerate(chunks):
        if not file.schema.column(position).max_repetition_level and chunk.values != rows:
            raise pa.ArrowInvalid(f"a column has {chunk.values:,} values for {rows:,} rows")


def _chunk(column: Structure) -> ColumnChunk:
    data, dictionary = column[9], column.get(11)
    start = min(data, dictionary) if dictionary else data
    return ColumnChunk(
        start=start,
        compressed_bytes=column[7],
        uncompressed_bytes=column[6],
        values=column[5],
        encodings=tuple(column[2]),
        holds_texts=column[1] in _TEXT_TYPES,
    )
