"""The folder of a build: the recipe, the rows, the origin of every draft, and what the build came to."""

from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from vlitqa.catalogue import load_format
from vlitqa.construction.drafts import RowFault, RowOrigin
from vlitqa.containers.built import BUILD_INFO, DROPPED, KEPT, ORIGINS
from vlitqa.records import Record
from vlitqa.results import to_json
from vlitqa.results.building import BuildResult
from vlitqa.runs.folder import RunFolder

RECIPE, IMAGES = "recipe.toml", "images"
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("row", pa.int64()),
        ("verdict", pa.string()),
        ("code", pa.string()),
        ("detail", pa.string()),
        ("origin", pa.string()),
        ("content", pa.string()),
    ]
)


class DraftLine(Struct, frozen=True, kw_only=True):
    """One draft in the table of origins."""

    id: str
    row: int | None
    """The number of its row in the dataset, counted from 1; None for a draft that was dropped."""
    faults: tuple[RowFault, ...]
    origin: RowOrigin
    record: Record
    reply: str = ""
    """What the writer replied, as it came."""


def write_built_rows(folder: RunFolder, name: str, records: Sequence[Record], format_name: str) -> None:
    """Writes the rows of a dataset, a line each."""
    write = load_format(format_name).write
    folder.write(name, b"".join(orjson.dumps(write(record)) + b"\n" for record in records))


def write_origins(folder: RunFolder, lines: Sequence[DraftLine]) -> None:
    """Writes where every draft comes from, and why those were dropped that were."""
    columns = [
        [line.id for line in lines],
        [line.row for line in lines],
        [KEPT if line.row is not None else DROPPED for line in lines],
        [line.faults[0].code if line.faults else "" for line in lines],
        [line.faults[0].detail if line.faults else "" for line in lines],
        [msgspec.json.encode(line.origin).decode() for line in lines],
        ["" if line.row is not None else line.reply or line.record.text() for line in lines],
    ]
    parquet = io.BytesIO()
    pq.write_table(pa.table(columns, schema=_SCHEMA), parquet, compression="zstd")
    folder.write(ORIGINS, parquet.getvalue())


def write_result(folder: RunFolder, result: BuildResult) -> None:
    """Writes what the build came to, which makes the folder that of a build."""
    folder.write(BUILD_INFO, to_json(result, indent=True))
