"""Rows that are in memory already: lists of dicts, frames, tables, and datasets of the `datasets` library."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import msgspec
import orjson

from vlitqa.containers.arrow_rows import read_batch, row_at
from vlitqa.containers.python_values import plain_row
from vlitqa.errors import DatasetError, RejectedRecord
from vlitqa.records import Place, RawRow, Reject, Row

IN_MEMORY = "rows in memory"
"""The name of their container."""
ReadRows = Callable[[], Iterator[Row | RejectedRecord]]
_LONGEST_NAME = 200
_ROWS_AT_ONCE = 100
"""Rows with pictures that become Python objects together."""
_KINDS = (
    ("pandas", "DataFrame"),
    ("polars", "DataFrame"),
    ("pyarrow", "Table"),
    ("pyarrow", "RecordBatch"),
    ("datasets", "Dataset"),
)
_TAKEN = "Taken are a path, a list of dicts, a pandas or polars frame, an Arrow table, and a Dataset of `datasets`."


class RowsInMemory:
    """Rows that can be read from the first one on as often as wanted."""

    def __init__(self, name: str, count: int, read: ReadRows) -> None:
        self.path = path_of_name(name)
        """A name only: nothing of them is on disk."""
        self.count, self.read = count, read

    @cached_property
    def sha256(self) -> str:
        """The digest of all rows, taken once: where they hold no bytes, that of the same rows as lines of JSON."""
        digest = hashlib.sha256()
        for values in self.read():
            digest.update(_as_line(values) + b"\n")
        return digest.hexdigest()

    def has_changed(self) -> bool:
        """False: lists and frames were copied when they were opened, and the others cannot be changed."""
        return False

    @contextmanager
    def stream(self) -> Iterator[MemoryStream]:
        """The rows from the first one on."""
        yield MemoryStream(self)


class MemoryStream:
    """How far the rows were read."""

    def __init__(self, source: RowsInMemory) -> None:
        self.source = source
        self._passed = 0

    def rows(self) -> Iterator[RawRow | Reject]:
        """Yields every row, or the reason why it is none."""
        for row, values in enumerate(self.source.read()):
            self._passed = row + 1
            yield row_at(Place(row, 0), values)

    def share(self) -> float:
        """How many of the rows were read, between 0 and 1."""
        return self._passed / max(self.source.count, 1)


def path_of_name(name: str) -> Path:
    """The path of a dataset that has a name and no place of its own; raises DatasetError for what can be no name."""
    if not name.isprintable() or Path(name).name != name or name == ".." or len(name.encode()) > _LONGEST_NAME:
        raise DatasetError(f"{name!r:.60} is no name of a dataset.", repair="Give it a short one without a slash.")
    return Path(name)


def library_of(data: Any) -> str:
    """The library whose frame, table or dataset this is; empty for anything else."""
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(data).__mro__}
    return next((library for library, name in _KINDS if (library, name) in kinds), "")


def rows_in_memory(data: Any, name: str = "") -> RowsInMemory:
    """Takes what a notebook holds as rows; raises DatasetError for what holds none."""
    library = library_of(data)
    if library == "pandas":
        _refuse_columns(list(data.columns))
        return _of_objects(name or "frame", data.to_dict("records"))
    if library == "polars":
        return _of_objects(name or "frame", data.to_dicts())
    if library == "pyarrow":
        _refuse_columns(data.schema.names)
        return RowsInMemory(name or "table", data.num_rows, partial(_read_table, data))
    if library == "datasets":
        return RowsInMemory(name or data.info.dataset_name or "dataset", len(data), partial(_read_dataset, data))
    if isinstance(data, Mapping) and data and all(library_of(split) == "datasets" for split in data.values()):
        raise DatasetError("This is several splits.", repair=f"Name one of them: data[{next(iter(data))!r}].")
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _of_objects(name or "rows", data)
    raise DatasetError(f"{type(data).__name__} is no dataset.", repair=_TAKEN)


def _as_line(values: Row | RejectedRecord) -> bytes:
    """A row as a line of JSON; one that holds bytes, or is none, as what no such line can be."""
    if isinstance(values, RejectedRecord):
        return b"\0" + values.reason.encode()
    try:
        return orjson.dumps(values)
    except orjson.JSONEncodeError:
        return b"\0" + msgspec.msgpack.encode(values)


def _of_objects(name: str, data: Sequence[object]) -> RowsInMemory:
    """Rows of Python objects, copied: what is changed later changes no result."""
    rows = [plain_row(row) for row in data]
    return RowsInMemory(name, len(rows), lambda: iter(rows))


def _read_table(table: Any) -> Iterator[Row | RejectedRecord]:
    batches = table.to_batches(max_chunksize=_ROWS_AT_ONCE) if hasattr(table, "to_batches") else [table]
    for batch in batches:
        for values in read_batch(batch):
            yield values if isinstance(values, RejectedRecord) else plain_row(values)


def _read_dataset(dataset: Any) -> Iterator[Row | RejectedRecord]:
    """The rows as they are stored: pictures stay packed."""
    for table in dataset.with_format("arrow").iter(batch_size=_ROWS_AT_ONCE):
        yield from _read_table(table)


def _refuse_columns(names: Sequence[object]) -> None:
    """Raises DatasetError for columns that no row can have as fields."""
    for name in names:
        if not isinstance(name, str):
            raise DatasetError(
                f"The frame has a column named {name!r}.", repair="Give every column a text as its name."
            )
        if names.count(name) > 1:
            raise DatasetError(f"The frame has two columns named {name!r}.", repair="Rename one of them.")
