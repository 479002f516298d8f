"""A copy of a Parquet file with some of its rows, and the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.containers.parquet import batches_of, damage_of_file, open_parquet
from vlitqa.containers.parquet_pages import PageReader
from vlitqa.containers.stream import SourceFile
from vlitqa.errors import DatasetError

_GROUP_BYTES = 64 << 20
"""Bytes of rows that become one row group, or a little more."""


def write_parquet_subset(source: SourceFile, rows: AbstractSet[int], target: IO[bytes]) -> None:
    """Writes the rows of these numbers; each row group is read up to the last of them, for it may be damaged behind."""
    try:
        opened, pages = open_parquet(source), PageReader(source.raw())
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(
            f"{source.path}: no row of it can be written, for none can be read (Parquet: {damage_of_file(error)}).",
            repair="Fetch or export the file again.",
        ) from None
    with (
        opened as file,
        pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer,
    ):
        first = 0
        for group in range(file.num_row_groups):
            count = file.metadata.row_group(group).num_rows
            positions = [row - first for row in range(first, first + count) if row in rows]
            if positions:
                _write_group(pages, file, group, positions, writer)
            first += count


def _write_group(
    pages: PageReader, file: pq.ParquetFile, group: int, positions: Sequence[int], writer: pq.ParquetWriter
) -> None:
    waiting: list[pa.RecordBatch] = []
    first = 0
    for batch in batches_of(pages, file, group):
        inside = [position - first for position in positions if first <= position < first + batch.num_rows]
        waiting.append(batch.take(pa.array(inside, pa.int64())))
        first += batch.num_rows
        is_last = positions[-1] < first
        if is_last or sum(part.nbytes for part in waiting) > _GROUP_BYTES:
            writer.write_table(pa.Table.from_batches(waiting))
            waiting = []
        if is_last:
            return
