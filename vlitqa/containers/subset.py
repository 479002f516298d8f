"""A copy of a file with some of its rows, each exactly as it stands in the original."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import orjson

from vlitqa.containers import Container
from vlitqa.containers.arrow import write_arrow_subset
from vlitqa.containers.parquet_subset import write_parquet_subset
from vlitqa.containers.shards import ShardedSource
from vlitqa.containers.stream import ByteStream, SourceFile
from vlitqa.errors import CutOff
from vlitqa.records import ROW_KEY, Place, RawRow, Reject

_STEP = 1 << 20
_NAME = rb'"(?:[^"\\]|\\.)*+"\s*+:\s*+'
_BETWEEN = re.compile(rb"\s*+(,?)\s*+(" + _NAME + rb")?", re.DOTALL)
"""Text between two elements of one list."""
_OPENING = re.compile(rb"(.*[\[{]\s*+)(" + _NAME + rb")?", re.DOTALL)
"""Text in front of the first element of a list."""
_END_OF_TAR, _TAR_RECORD = bytes(1024), 10_240


def write_subset(source_file: SourceFile, container: Container, rows: AbstractSet[int], target: IO[bytes]) -> None:
    """Writes the rows of these numbers; what encloses them stays if it is sound, and what was rejected goes."""
    name, _, compression = container.name.partition(".")
    if name == "parquet":
        write_parquet_subset(source_file, rows, target)
        return
    if name == "arrow":
        write_arrow_subset(source_file, rows, target)
        return
    with source_file.stream() as stream:
        entries = [_without_values(entry) for entry in container.rows(stream)]
    with source_file.stream() as stream, _compress(target, compression) as packed:
        source = _Source(stream)
        if name == "webdataset":
            _write_tar(entries, rows, source, packed)
        elif not name.startswith("json "):
            _write_lines(entries, rows, source, packed)
        elif any(isinstance(entry, Reject) for entry in entries):
            _write_in_new_frame(entries, rows, source, packed)
        else:
            _write_in_frame(entries, rows, source, packed)


def write_shards(source: ShardedSource, rows: AbstractSet[int], folder: Path) -> None:
    """Writes the rows of these numbers, each into a file of the name of its own; a file without any is left out."""
    first = 0
    for file, container in zip(source.files, source.containers, strict=True):
        with file.stream() as stream:
            count = max((entry.place.row + 1 for entry in container.rows(stream)), default=0)
        inside = {row - first for row in range(first, first + count) if row in rows}
        if inside:
            with (folder / file.path.name).open("xb") as target:
                write_subset(file, container, inside, target)
        first += count


_Entry = RawRow | Reject


def _without_values(entry: _Entry) -> _Entry:
    """A row of which only the place and the name are kept."""
    if isinstance(entry, Reject):
        return entry
    return RawRow(entry.place, {ROW_KEY: entry.row[ROW_KEY]} if ROW_KEY in entry.row else {})


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

    def read_at(self, place: Place) -> bytes:
        """Passes over what stands in front of a place, and reads what stands there."""
        while self._position < place.offset and self.read_until(min(place.offset, self._position + _STEP)):
            pass
        return self.read_until(place.offset + place.length)

    def read_rest(self) -> Iterator[bytes]:
        """Yields the remaining bytes, piece by piece."""
        while data := self.read_until(self._position + _STEP):
            yield data


def _write_lines(entries: Sequence[_Entry], rows: AbstractSet[int], source: _Source, target: IO[bytes]) -> None:
    """Writes lines, and what stands between them up to the first row: the header of a table."""
    is_first = True
    for entry in entries:
        if is_first:
            target.write(source.read_until(entry.place.offset))
        is_kept = isinstance(entry, RawRow) and entry.place.row in rows
        if is_first or is_kept:
            line = source.read_at(entry.place)
            target.write(_with_end(line) if is_kept else b"")
        is_first = is_first and isinstance(entry, Reject)


def _with_end(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + b"\n"


def _write_in_frame(entries: Sequence[_Entry], rows: AbstractSet[int], source: _Source, target: IO[bytes]) -> None:
    """Writes elements of arrays and objects, and whatever encloses them in the file."""
    has_written, separator = False, b"\n"
    for entry in entries:
        frame, comma, name = _split_gap(source.read_until(entry.place.offset))
        element = source.read_at(entry.place)
        if frame:
            target.write(frame)
            has_written = False
        if comma or frame.rstrip()[-1:] in (b"[", b"{"):
            separator = b",\n"
        if entry.place.row in rows:
            target.write((separator if has_written else b"") + name + element)
            has_written = True
    for data in source.read_rest():
        target.write(data)


def _split_gap(gap: bytes) -> tuple[bytes, bytes, bytes]:
    """The text that encloses, the comma, and the name of the next element."""
    if between := _BETWEEN.fullmatch(gap):
        return b"", between[1], between[2] or b""
    if opening := _OPENING.fullmatch(gap):
        return opening[1], b"", opening[2] or b""
    return gap, b"", b""


def _write_in_new_frame(entries: Sequence[_Entry], rows: AbstractSet[int], source: _Source, target: IO[bytes]) -> None:
    """Writes elements in an array, or in objects if they have names: what enclosed them is damaged."""
    written = [entry for entry in entries if isinstance(entry, RawRow) and entry.place.row in rows]
    members = _members_of(written)
    is_array = not any(ROW_KEY in entry.row for entry in written)
    target.write(b"" if is_array else b"{")
    for number, member in enumerate(members):
        is_named = ROW_KEY in member[0].row if member else False
        if not is_array:
            target.write((b",\n" if number else b"") + b'"data%s": ' % (b" %d" % number if number else b""))
        target.write(b"{\n" if is_named else b"[\n")
        for position, entry in enumerate(member):
            name = orjson.dumps(entry.row[ROW_KEY]) + b": " if is_named else b""
            target.write((b",\n" if position else b"") + name + source.read_at(entry.place))
        target.write(b"\n}" if is_named else b"\n]")
    target.write(b"\n" if is_array else b"}\n")


def _members_of(entries: Sequence[RawRow]) -> list[list[RawRow]]:
    """Groups elements as members of one object: in none are elements with and without names, nor one name twice."""
    members: list[list[RawRow]] = [[]]
    names: set[object] = set()
    for entry in entries:
        name, latest = entry.row.get(ROW_KEY), members[-1]
        if latest and ((name is None) != (ROW_KEY not in latest[0].row) or name in names):
            members.append([])
            names.clear()
        members[-1].append(entry)
        if name is not None:
            names.add(name)
    return members


def _write_tar(entries: Sequence[_Entry], rows: AbstractSet[int], source: _Source, target: IO[bytes]) -> None:
    """Writes members as they stand, headers and padding too."""
    written = 0
    for entry in entries:
        if isinstance(entry, RawRow) and entry.place.row in rows:
            data = source.read_at(entry.place)
            target.write(data)
            written += len(data)
    end = written + len(_END_OF_TAR)
    target.write(_END_OF_TAR + bytes(-end % _TAR_RECORD))


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
