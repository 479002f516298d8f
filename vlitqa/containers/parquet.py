"""Parquet: columns to rows, a batch at a time; image bytes may stand in a column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.errors import DatasetError
from vlitqa.records import Place, Reject, Row

MAGIC = b"PAR1"
_BATCH = 256


def read_parquet(path: Path) -> Iterator[tuple[Place, Row] | Reject]:
    """Every row of the file; damage inside is a Reject behind the rows that could be read."""
    row = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                for values in batch.to_pylist():
                    yield Place(row, 0), values
                    row += 1
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, pa.ArrowInvalid) and "magic bytes" in str(error):
            yield Reject(Place(row, 0), "truncated", "the parquet footer is missing: the file was cut off")
        else:
            yield Reject(Place(row, 0), "truncated", f"the parquet data is damaged ({_first_line(error)})")


def refuse_damaged_schema(path: Path) -> None:
    """Raises DatasetError for a schema that cannot be read as rows."""
    try:
        names = pq.read_schema(path).names
    except (pa.ArrowException, OSError):
        return
    if len(set(names)) != len(names):
        raise DatasetError(f"{path} has two columns of one name.", repair="Rename one of them.")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
