"""A copy of a file with some of its rows, each exactly as it stands in the original."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import IO, Any, cast

from vlitqa.containers import Container
from vlitqa.containers.lines import BOM
from vlitqa.containers.stream import ByteStream, SourceFile
from vlitqa.errors import CutOff
from vlitqa.records import Place, RawRow, Reject

_STEP = 1 << 20
_NAME = rb'"(?:[^"\\]|\\.)*"\s*:\s*'
_BETWEEN = re.compile(rb"\s*(,?)\s*(" + _NAME + rb")?", re.DOTALL)
"""Text between two elements of one list."""
_OPENING = re.compile(rb"(.*[\[{]\s*)(" + _NAME + rb")?", re.DOTALL)
"""Text in front of the first element of a list."""
_LAST_NAME = re.compile(rb"(" + _NAME + rb")\Z", re.DOTALL)
_CLOSING = re.compile(rb"[\]}][\s\]}]*\Z")
_END_OF_TAR = bytes(1024)


def write_subset(source_file: SourceFile, container: Container, rows: AbstractSet[int], target: IO[bytes]) -> None:
    """Writes the rows of these numbers; what encloses them stays, and what was rejected goes."""
    name, _, compression = container.name.partition(".")
    if name == "parquet":
        _write_parquet(source_file, rows, target)
        return
    with source_file.stream() as stream:
        entries = [entry.place if isinstance(entry, RawRow) else entry for entry in container.rows(stream)]
    with source_file.stream() as stream, _compress(target, compression) as packed:
        source = _Source(stream)
        if name == "webdataset":
            _write_tar(entries, rows, source, packed)
        elif name.startswith("json "):
            _write_objects(entries, rows, source, packed)
        else:
            _write_lines(entries, rows, source, packed)


class _Source:
    """The uncompressed bytes of a file, from front to back."""

    def __init__(self, stream: ByteStream) -> None:
        self._read = stream.reader.read
        self._position = 0

    def read_until(self, offset: int) -> bytes:
        """Reads up to an offset; fewer bytes where the file was cut off."""
        try:
            data = self._read(max(0, offset - self._position))
        except CutOff:
            data = b""
        self._position += len(data)
        return data

    def read_rest(self) -> Iterator[bytes]:
        """Yields the remaining bytes, piece by piece."""
        while data := self.read_until(self._position + _STEP):
            yield data


def _write_lines(entries: Sequence[Place | Reject], rows: AbstractSet[int], source: _Source, target: IO[bytes]) -> None:
    """Writes lines, and the header of a table, which stands in front of the first row."""
    places = [_place_of(entry) for entry in entries]
    if places:
        target.write(source.read_until(places[0].offset))
    for entry, place in zip(entries, places, strict=True):
        if place.row in rows and isinstance(entry, Place):
            source.read_until(place.offset)
            line = source.read_until(place.offset + place.length)
            target.write(line if line.endswith(b"\n") else line + b"\n")


def _write_objects(
    entries: Sequence[Place | Reject], rows: AbstractSet[int], source: _Source, target: IO[bytes]
) -> None:
    """Writes elements of arrays and objects, with the commas and brackets that make the whole sound again."""
    has_written, separator = False, b"\n"
    is_behind_broken, is_first = False, True
    for entry in entries:
        if isinstance(entry, Reject):
            is_behind_broken = True
            continue
        gap = source.read_until(entry.offset)
        frame, comma, name = _split_gap(gap, is_behind_broken=is_behind_broken)
        if is_first and is_behind_broken and gap.lstrip(BOM + b" \t\r\n").startswith(b"["):
            frame = gap[: gap.index(b"[") + 1]
        is_first = False
        element = source.read_until(entry.offset + entry.length)
        if frame:
            target.write(frame)
            has_written = False
        if comma or frame.rstrip()[-1:] in (b"[", b"{"):
            separator = b",\n"
        if entry.row in rows:
            target.write((separator if has_written else b"") + name + element)
            has_written = True
        is_behind_broken = False
    tail = b"".join(source.read_rest())
    closing = _CLOSING.search(tail) if is_behind_broken else None
    target.write(closing.group() if closing else b"\n" if is_behind_broken else tail.lstrip(b" \t\r\n,") and tail)


def _split_gap(gap: bytes, *, is_behind_broken: bool) -> tuple[bytes, bytes, bytes]:
    """The text that encloses, the comma, and the name of the next element; a broken element between is left out."""
    if between := _BETWEEN.fullmatch(gap):
        return b"", between[1], between[2] or b""
    if is_behind_broken:
        name = _LAST_NAME.search(gap)
        return b"", b"", name[1] if name else b""
    if opening := _OPENING.fullmatch(gap):
        return opening[1], b"", opening[2] or b""
    return gap, b"", b""


def _write_tar(entries: Sequence[Place | Reject], rows: AbstractSet[int], source: _Source, target: IO[bytes]) -> None:
    """Writes members as they stand, headers and padding too; a row ends where the next one begins."""
    places = [_place_of(entry) for entry in entries]
    ends = [place.offset for place in places[1:]]
    for entry, end in zip(entries, ends, strict=False):
        data = source.read_until(end)
        if isinstance(entry, Place) and entry.row in rows:
            target.write(data)
    last = entries[-1] if entries else None
    if isinstance(last, Place) and last.row in rows:
        for data in source.read_rest():
            target.write(data)
    else:
        target.write(_END_OF_TAR)


def _write_parquet(source_file: SourceFile, rows: AbstractSet[int], target: IO[bytes]) -> None:
    """Writes rows of the same columns, row group by row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with (
        pq.ParquetFile(source_file.raw()) as file,
        pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer,
    ):
        first = 0
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            mask = pa.array([row in rows for row in range(first, first + table.num_rows)], pa.bool_())
            writer.write_table(table.filter(mask))
            first += table.num_rows


@contextmanager
def _compress(target: IO[bytes], compression: str) -> Iterator[IO[bytes]]:
    """Compresses as the original was."""
    if compression == "gz":
        with gzip.GzipFile(fileobj=target, mode="wb", mtime=0, filename="") as packed:
            yield cast(IO[bytes], packed)
    elif compression == "zst":
        import zstandard

        with zstandard.ZstdCompressor().stream_writer(target, closefd=False) as packed_stream:
            yield cast(Any, packed_stream)
    else:
        yield target


def _place_of(entry: Place | Reject) -> Place:
    return entry.place if isinstance(entry, Reject) else entry
