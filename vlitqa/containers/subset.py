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
from vlitqa.records import Place, Reject

_STEP = 1 << 20
_NAME = rb'"(?:[^"\\]|\\.)*"\s*:\s*'
_BETWEEN = re.compile(rb"\s*(,?)\s*(" + _NAME + rb")?", re.DOTALL)
"""What stands between two elements of one list."""
_OPENING = re.compile(rb"(.*[\[{]\s*)(" + _NAME + rb")?", re.DOTALL)
"""What stands in front of the first element of a list."""
_LAST_NAME = re.compile(rb"(" + _NAME + rb")\Z", re.DOTALL)
_CLOSING = re.compile(rb"[\]}][\s\]}]*\Z")
_END_OF_TAR = bytes(1024)


def write_subset(source_file: SourceFile, container: Container, kept: AbstractSet[int], target: IO[bytes]) -> None:
    """Writes the rows whose numbers are kept; what encloses them stays, and what was rejected goes."""
    name, _, packing = container.name.partition(".")
    if name == "parquet":
        _write_parquet(source_file, kept, target)
        return
    with source_file.stream() as stream:
        entries = [each if isinstance(each, Reject) else each[0] for each in container.rows(stream)]
    with source_file.stream() as stream, _packed(target, packing) as packed:
        source = _Source(stream)
        if name == "webdataset":
            _write_tar(entries, kept, source, packed)
        elif name.startswith("json "):
            _write_objects(entries, kept, source, packed)
        else:
            _write_lines(entries, kept, source, packed)


class _Source:
    """The uncompressed bytes of a file, from front to back."""

    def __init__(self, stream: ByteStream) -> None:
        self._read = stream.reader.read
        self.at = 0

    def until(self, offset: int) -> bytes:
        """The bytes up to an offset; fewer where the file was cut off."""
        try:
            data = self._read(max(0, offset - self.at))
        except CutOff:
            data = b""
        self.at += len(data)
        return data

    def rest(self) -> Iterator[bytes]:
        while data := self.until(self.at + _STEP):
            yield data


def _write_lines(entries: Sequence[Place | Reject], kept: AbstractSet[int], source: _Source, target: IO[bytes]) -> None:
    """Lines, and the header of a table, which stands in front of the first row."""
    places = [_place(each) for each in entries]
    if places:
        target.write(source.until(places[0].offset))
    for each, place in zip(entries, places, strict=True):
        if place.row in kept and isinstance(each, Place):
            source.until(place.offset)
            line = source.until(place.offset + place.length)
            target.write(line if line.endswith(b"\n") else line + b"\n")


def _write_objects(
    entries: Sequence[Place | Reject], kept: AbstractSet[int], source: _Source, target: IO[bytes]
) -> None:
    """Elements of arrays and objects, with the commas and brackets that make the whole sound again."""
    written, separator = False, b"\n"
    broken, first = False, True
    for each in entries:
        if isinstance(each, Reject):
            broken = True
            continue
        gap = source.until(each.offset)
        frame, comma, name = _gap(gap, broken)
        if first and broken and gap.lstrip(BOM + b" \t\r\n").startswith(b"["):
            frame = gap[: gap.index(b"[") + 1]
        first = False
        element = source.until(each.offset + each.length)
        if frame:
            target.write(frame)
            written = False
        if comma or frame.rstrip()[-1:] in (b"[", b"{"):
            separator = b",\n"
        if each.row in kept:
            target.write((separator if written else b"") + name + element)
            written = True
        broken = False
    tail = b"".join(source.rest())
    closing = _CLOSING.search(tail) if broken else None
    target.write(closing.group() if closing else b"\n" if broken else tail.lstrip(b" \t\r\n,") and tail)


def _gap(gap: bytes, broken: bool) -> tuple[bytes, bytes, bytes]:
    """What encloses, the comma, and the name of the next element; a broken element between two is left out."""
    if between := _BETWEEN.fullmatch(gap):
        return b"", between[1], between[2] or b""
    if broken:
        name = _LAST_NAME.search(gap)
        return b"", b"", name[1] if name else b""
    if opening := _OPENING.fullmatch(gap):
        return opening[1], b"", opening[2] or b""
    return gap, b"", b""


def _write_tar(entries: Sequence[Place | Reject], kept: AbstractSet[int], source: _Source, target: IO[bytes]) -> None:
    """Members as they stand, headers and padding too; a row ends where the next one begins."""
    places = [_place(each) for each in entries]
    ends = [place.offset for place in places[1:]]
    for each, end in zip(entries, ends, strict=False):
        data = source.until(end)
        if isinstance(each, Place) and each.row in kept:
            target.write(data)
    last = entries[-1] if entries else None
    if isinstance(last, Place) and last.row in kept:
        for data in source.rest():
            target.write(data)
    else:
        target.write(_END_OF_TAR)


def _write_parquet(source_file: SourceFile, kept: AbstractSet[int], target: IO[bytes]) -> None:
    """Rows of the same columns, row group by row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with (
        pq.ParquetFile(source_file.raw()) as file,
        pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer,
    ):
        first = 0
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            mask = pa.array([row in kept for row in range(first, first + table.num_rows)], pa.bool_())
            writer.write_table(table.filter(mask))
            first += table.num_rows


@contextmanager
def _packed(target: IO[bytes], packing: str) -> Iterator[IO[bytes]]:
    """Compresses as the original was."""
    if packing == "gz":
        with gzip.GzipFile(fileobj=target, mode="wb", mtime=0, filename="") as packed:
            yield cast(IO[bytes], packed)
    elif packing == "zst":
        import zstandard

        with zstandard.ZstdCompressor().stream_writer(target, closefd=False) as packed_stream:
            yield cast(Any, packed_stream)
    else:
        yield target


def _place(entry: Place | Reject) -> Place:
    return entry.place if isinstance(entry, Reject) else entry
