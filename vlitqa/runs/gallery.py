"""The rows that a page shows, kept in the run folder with small pictures: a page is made from the folder alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.storage.atomic import disk_errors, replacing

GALLERY = "gallery.parquet"
_PICTURE = pa.struct(
    [
        ("name", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("fault", pa.string()),
        ("thumbnail", pa.binary()),
    ]
)
_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("record", pa.string()),
        ("why", pa.list_(pa.string())),
        ("turns", pa.string()),
        ("task", pa.string()),
        ("pictures", pa.list_(_PICTURE)),
        ("left_out", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture of a row, or what is wrong with it."""

    name: str
    width: int
    height: int
    fault: str
    thumbnail: bytes
    """WebP."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A row that is shown, and why."""

    row: int
    """Counted from 0."""
    record: str
    why: tuple[str, ...]
    """`worst: METRIC`, `borderline: METRIC`, `random`, `judges disagree`, or the code of a finding."""
    turns: tuple[tuple[str | None, str | None], ...]
    task: str
    pictures: tuple[Thumbnail, ...]
    left_out: str
    """What of the row is not shown, in words."""


def keep_gallery(run: Path, exhibits: Sequence[Exhibit]) -> None:
    """Puts rows that are to be shown into the folder of their run."""
    plain = [_plain(each) for each in exhibits]
    columns = [[each[name] for each in plain] for name in _SCHEMA.names]
    with disk_errors(run), replacing(run / GALLERY) as file:
        pq.write_table(pa.table(columns, schema=_SCHEMA), file, compression="zstd")


def stored_gallery(run: Path) -> Iterator[Exhibit]:
    """The rows that a run shows, in their order; none where they were not kept."""
    if not (run / GALLERY).is_file():
        return
    for raw in pq.read_table(run / GALLERY).to_pylist():
        pictures = tuple(Thumbnail(**each) for each in raw.pop("pictures"))
        turns = tuple((asked, said) for asked, said in orjson.loads(raw.pop("turns")))
        yield Exhibit(**{**raw, "why": tuple(raw["why"])}, turns=turns, pictures=pictures)


def _plain(exhibit: Exhibit) -> dict[str, Any]:
    """As the columns of the file hold it; text that is no UTF-8 cannot be kept."""
    raw = asdict(exhibit)
    raw["turns"] = orjson.dumps([[_clean(asked), _clean(said)] for asked, said in exhibit.turns]).decode()
    raw["record"], raw["task"] = _clean(exhibit.record), _clean(exhibit.task)
    for each in raw["pictures"]:
        each["name"] = _clean(each["name"])
    return raw


def _clean(text: str | None) -> str | None:
    return text if text is None or text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")
