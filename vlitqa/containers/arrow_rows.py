"""Rows of Arrow's batches, whether they come from Parquet or from Arrow's own files."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from vlitqa.containers.decode import IMAGES_CAP, LINE_CAP
from vlitqa.errors import RejectedRecord
from vlitqa.records import Place, RawRow, Reject, Row

UNREADABLE = (ValueError, OverflowError, KeyError, pa.ArrowException)
"""Errors of values that Python cannot hold: dates after the year 9999, time zones that nobody knows, and the like."""


def read_batch(batch: pa.RecordBatch) -> Iterator[Row | RejectedRecord]:
    """Yields every row of a batch, or the reason why it cannot be read; a row that is too long is never made."""
    if _most_bytes(batch) <= LINE_CAP:
        try:
            yield from batch.to_pylist()
            return
        except UNREADABLE:
            pass
    texts = [position for position, column in enumerate(batch.schema) if not _holds_bytes(column.type)]
    for position in range(batch.num_rows):
        try:
            yield _read_row(batch.slice(position, 1), texts)
        except RejectedRecord as reject:
            yield reject


def _read_row(row: pa.RecordBatch, texts: list[int]) -> Row:
    """Reads the only row of a batch; raises RejectedRecord."""
    columns = [column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in row.columns]
    length = sum(columns[position].nbytes for position in texts)
    if length > LINE_CAP:
        raise RejectedRecord("line_too_long", f"the row has {length:,} bytes, over the cap of {LINE_CAP:,}")
    length = sum(column.nbytes for column in columns)
    if length > IMAGES_CAP:
        raise RejectedRecord("line_too_long", f"the row has {length:,} bytes, over the cap of {IMAGES_CAP:,}")
    values = {}
    for name, column in zip(row.schema.names, columns, strict=True):
        try:
            values[name] = column[0].as_py()
        except UnicodeDecodeError as error:
            raise RejectedRecord("bad_encoding", f"{name}: a text is not UTF-8 ({first_line(error)})") from None
        except UNREADABLE as error:
            raise RejectedRecord("unreadable_value", f"{name}: a value cannot be read ({first_line(error)})") from None
    return values


def _most_bytes(batch: pa.RecordBatch) -> int:
    """The bytes of a batch, if each row with a dictionary holds all of it."""
    return sum(
        len(column) * column.dictionary.nbytes if pa.types.is_dictionary(column.type) else column.nbytes
        for column in batch.columns
    )


def _holds_bytes(kind: pa.DataType) -> bool:
    """True if values of a type may be images."""
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return True
    return any(_holds_bytes(kind.field(position).type) for position in range(kind.num_fields))


def row_at(place: Place, values: Row | RejectedRecord) -> RawRow | Reject:
    """A row at its place, or the reject of one that cannot be read."""
    return Reject(place, values.code, values.reason) if isinstance(values, RejectedRecord) else RawRow(place, values)


def first_line(error: Exception) -> str:
    """What an error of Arrow says first; what follows is about its own code."""
    return str(error).partition("\n")[0]
