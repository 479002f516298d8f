"""Arrow's own files, as `datasets.save_to_disk` writes them: batches of rows one after another, or with an index."""

from __future__ import annotations

import io
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import IO

import pyarrow as pa

from vlitqa.containers.arrow_rows import first_line, read_batch, row_at
from vlitqa.containers.stream import SourceFile
from vlitqa.errors import DatasetError, RejectedRecord
from vlitqa.records import Place, RawRow, Reject, Row

FILE_MAGIC, STREAM_MAGIC = b"ARROW1", b"\xff\xff\xff\xff"
_BATCH_BYTES = 32 << 20
"""Bytes of rows of mean weight that become Python objects at once."""
_DAMAGE = (pa.ArrowException, OSError, EOFError, MemoryError, UnicodeDecodeError)


def is_arrow(head: bytes) -> bool:
    """True for a file that begins as Arrow's files and streams do."""
    return head.startswith((FILE_MAGIC, STREAM_MAGIC))


def read_arrow(source: SourceFile) -> Iterator[RawRow | Reject]:
    """Yields every row of a file; what comes behind damage is one Reject."""
    row = 0
    try:
        for batch in _batches(source):
            for values in _rows(batch):
                yield row_at(Place(row, 0), values)
                row += 1
    except _DAMAGE as error:
        yield Reject(Place(row, 0), "truncated", f"Arrow: {first_line(error)}")


def write_arrow_subset(source: SourceFile, rows: AbstractSet[int], target: IO[bytes]) -> None:
    """Writes the rows of these numbers as a stream of the same columns, up to damage that lies behind them."""
    first, writer = 0, None
    try:
        for batch in _batches(source):
            writer = writer or pa.ipc.new_stream(target, batch.schema)
            inside = [row - first for row in range(first, first + batch.num_rows) if row in rows]
            writer.write_batch(batch.take(pa.array(inside, pa.int64())))
            first += batch.num_rows
    except _DAMAGE as error:
        if rows and max(rows) >= first:
            message = f"{source.path} cannot be read up to its last chosen row ({first_line(error)})."
            raise DatasetError(message, repair="Fetch or write the file again.") from None
    finally:
        if writer:
            writer.close()


def _batches(source: SourceFile) -> Iterator[pa.RecordBatch]:
    """The batches of a file, each checked before it is used; raises errors of Arrow for damage."""
    raw = _Bounded(source)
    is_file = raw.read(len(FILE_MAGIC)) == FILE_MAGIC
    raw.seek(0)
    if is_file:
        with pa.ipc.open_file(raw) as file:
            _refuse_repeated_names(source, file.schema)
            for position in range(file.num_record_batches):
                yield _checked(file.get_batch(position))
        return
    with pa.ipc.open_stream(raw) as stream:
        _refuse_repeated_names(source, stream.schema)
        for batch in stream:
            yield _checked(batch)


class _Bounded(io.RawIOBase):
    """A file of which no more is asked for than it has, whatever a damaged length says."""

    def __init__(self, source: SourceFile) -> None:
        self._raw = source.raw()
        self._size = self._raw.seek(0, io.SEEK_END)
        self._raw.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        rest = max(0, self._size - self._raw.tell())
        return self._raw.read(rest if size < 0 else min(size, rest)) or b""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()


def _checked(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch whose lengths and offsets lie inside it; raises ArrowInvalid for another."""
    batch.validate(full=True)
    return batch


def _rows(batch: pa.RecordBatch) -> Iterator[Row | RejectedRecord]:
    """The rows of a batch, so many at a time as become objects of bounded size."""
    at_once = max(1, _BATCH_BYTES * batch.num_rows // max(1, batch.nbytes))
    for first in range(0, batch.num_rows, at_once):
        yield from read_batch(batch.slice(first, at_once))


def _refuse_repeated_names(source: SourceFile, schema: pa.Schema) -> None:
    if len(set(schema.names)) != len(schema.names):
        raise DatasetError(f"{source.path} has two columns of one name.", repair="Rename one of them.")
