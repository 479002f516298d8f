"""Parquet: columns read as rows, a batch at a time; image bytes may stand in a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.containers.stream import SourceFile
from vlitqa.errors import DatasetError
from vlitqa.records import Place, RawRow, Reject, Row

MAGIC = b"PAR1"
_BATCH = 256


def read_parquet(source: SourceFile) -> Iterator[RawRow | Reject]:
    """Yields every row of a file; a damaged row group is one Reject, and the other groups are kept."""
    try:
        file = pq.ParquetFile(source.raw())
    except (pa.ArrowException, OSError) as error:
        missing = isinstance(error, pa.ArrowInvalid) and "magic bytes" in str(error)
        reason = "the footer is missing: the file was cut off" if missing else f"damaged ({_first_line(error)})"
        yield Reject(Place(0, 0), "truncated", f"Parquet: {reason}")
        return
    with file:
        first = 0
        for group in range(file.num_row_groups):
            yield from _read_group(file, group, first)
            first += file.metadata.row_group(group).num_rows


def write_parquet_rows(source: SourceFile, rows: AbstractSet[int], target: IO[bytes]) -> None:
    """Writes the rows of these numbers with the same columns, row group by row group."""
    with (
        pq.ParquetFile(source.raw()) as file,
        pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer,
    ):
        first = 0
        for group in range(file.num_row_groups):
            count = file.metadata.row_group(group).num_rows
            numbers = [row for row in range(first, first + count) if row in rows]
            if numbers:
                writer.write_table(_take_rows(file, group, [row - first for row in numbers]))
            first += count


def _take_rows(file: pq.ParquetFile, group: int, positions: Sequence[int]) -> pa.Table:
    """Reads a row group up to the last of these rows: behind it, it may be damaged."""
    batches, first = [], 0
    for batch in file.iter_batches(_BATCH, row_groups=[group]):
        inside = [position - first for position in positions if first <= position < first + batch.num_rows]
        batches.append(batch.take(pa.array(inside, pa.int64())))
        first += batch.num_rows
        if positions[-1] < first:
            break
    return pa.Table.from_batches(batches)


def _read_group(file: pq.ParquetFile, group: int, row: int) -> Iterator[RawRow | Reject]:
    try:
        for batch in file.iter_batches(_BATCH, row_groups=[group]):
            for values in _read_batch(batch):
                place = Place(row, 0)
                yield Reject(place, "bad_encoding", values) if isinstance(values, str) else RawRow(place, values)
                row += 1
    except (pa.ArrowException, OSError) as error:
        yield Reject(Place(row, 0), "truncated", f"Parquet: row group {group} is damaged ({_first_line(error)})")


def _read_batch(batch: pa.RecordBatch) -> Iterator[Row | str]:
    """Yields every row of a batch, or the reason why it cannot be read, as where a text is no UTF-8."""
    try:
        yield from batch.to_pylist()
        return
    except ValueError:
        pass
    for position in range(batch.num_rows):
        try:
            yield batch.slice(position, 1).to_pylist()[0]
        except ValueError as error:
            yield f"a value cannot be read ({_first_line(error)})"


def refuse_damaged_schema(source: SourceFile) -> None:
    """Raises DatasetError for a schema that cannot be read as rows."""
    try:
        names = pq.read_schema(source.raw()).names
    except (pa.ArrowException, OSError):
        return
    if len(set(names)) != len(names):
        raise DatasetError(f"{source.path} has two columns of one name.", repair="Rename one of them.")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
