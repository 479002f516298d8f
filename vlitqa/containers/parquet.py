"""Parquet: columns read as rows, as many at a time as fit into memory; image bytes may stand in a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.containers.arrow_rows import first_line, read_batch, row_at
from vlitqa.containers.parquet_pages import (
    DELTA_BYTE_ARRAY,
    DICTIONARY_PAGE,
    ColumnChunk,
    PageReader,
    refuse_false_counts,
)
from vlitqa.containers.stream import SourceFile
from vlitqa.errors import DatasetError
from vlitqa.records import Place, RawRow, Reject

MAGIC = b"PAR1"
_BATCH = 256
"""Rows read at once, if they are not heavy."""
_BATCH_BYTES = 32 << 20
"""Bytes of rows of mean weight that are read at once."""
_WORST_BATCH_BYTES = 256 << 20
"""Bytes that rows read at once would have if each repeated everything that it can."""
_BUFFER = 1 << 20


def open_parquet(source: SourceFile, dictionaries: list[str] | None = None) -> pq.ParquetFile:
    """Opens a file whose pages are compared with their checksums, if it has some; columns may stay dictionaries.

    Raises DatasetError for columns without a name that can be read, and errors of Arrow for a damaged file.
    """
    try:
        file = pq.ParquetFile(
            source.raw(),
            read_dictionary=dictionaries,
            buffer_size=_BUFFER,
            pre_buffer=False,  # or a whole row group would lie in memory
            page_checksum_verification=True,
        )
        names = file.schema_arrow.names
    except UnicodeDecodeError:
        raise DatasetError(
            f"{source.path} has a column whose name is not UTF-8.", repair="Rename it, or export the file anew."
        ) from None
    if len(set(names)) != len(names):
        raise DatasetError(f"{source.path} has two columns of one name.", repair="Rename one of them.")
    return file


def read_parquet(source: SourceFile) -> Iterator[RawRow | Reject]:
    """Yields every row of a file; a damaged row group is one Reject, and the other groups are kept."""
    try:
        file, pages = open_parquet(source), PageReader(source.raw())
    except (pa.ArrowException, OSError) as error:
        yield Reject(Place(0, 0), "truncated", f"Parquet: {damage_of_file(error)}")
        return
    with file:
        first = 0
        for group in range(file.num_row_groups):
            yield from _read_group(pages, file, group, first)
            first += file.metadata.row_group(group).num_rows
        if first < file.metadata.num_rows:
            reason = f"Parquet: the file promises {file.metadata.num_rows:,} rows, and its row groups hold {first:,}"
            yield Reject(Place(first, 0), "truncated", reason)


def damage_of_file(error: Exception) -> str:
    """Says why Arrow could not open a file."""
    is_cut = isinstance(error, pa.ArrowInvalid) and "magic bytes" in str(error)
    return "the footer is missing: the file was cut off" if is_cut else f"damaged ({first_line(error)})"


def refuse_damaged_schema(source: SourceFile) -> None:
    """Raises DatasetError for a schema that cannot be read as rows."""
    try:
        open_parquet(source).close()
    except (pa.ArrowException, OSError):
        return


def _read_group(pages: PageReader, file: pq.ParquetFile, group: int, row: int) -> Iterator[RawRow | Reject]:
    end = row + file.metadata.row_group(group).num_rows
    try:
        for batch in batches_of(pages, file, group):
            for values in read_batch(batch):
                yield row_at(Place(row, 0), values)
                row += 1
        if row < end:  # Arrow stops without a word where a column has fewer values than the others
            raise pa.ArrowInvalid(f"{end - row:,} of its rows are missing")
    except (pa.ArrowException, OSError) as error:
        yield Reject(Place(row, 0), "truncated", f"Parquet: row group {group} is damaged ({first_line(error)})")


def batches_of(pages: PageReader, file: pq.ParquetFile, group: int) -> Iterator[pa.RecordBatch]:
    """Reads the rows of a group, as many at a time as fit into memory; raises ArrowInvalid for a damaged one."""
    chunks, rows = pages.chunks(group), file.metadata.row_group(group).num_rows
    refuse_false_counts(file, rows, chunks)
    for chunk in chunks:
        pages.refuse_false_pages(chunk)
    return iter(file.iter_batches(_rows_at_once(pages, chunks, rows), row_groups=[group]))


def _rows_at_once(pages: PageReader, chunks: Sequence[ColumnChunk], rows: int) -> int:
    """Chooses how many rows of a group are read at once, by their mean weight and by the worst that they can hold."""
    mean = sum(chunk.uncompressed_bytes for chunk in chunks) // max(1, rows)
    worst = sum(_repeatable_bytes(pages, chunk) for chunk in chunks)
    return max(1, min(_BATCH, _BATCH_BYTES // max(1, mean), _WORST_BATCH_BYTES // max(1, worst)))


def _repeatable_bytes(pages: PageReader, chunk: ColumnChunk) -> int:
    """Bytes of a column that stand once in the file and may be repeated in every row."""
    if not chunk.holds_texts:
        return 0
    if DELTA_BYTE_ARRAY in chunk.encodings:  # a text may say only: as the one before
        return chunk.uncompressed_bytes
    first = pages.first_page(chunk)  # the footer may lie about it; readers go by the page
    return first.uncompressed_bytes if first.kind == DICTIONARY_PAGE else 0
