"""Exhibits with small pictures in the run folder: a page is made from the folder alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.runs.damage import damage_errors
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """A picture of a row, or the fault of one that cannot be shown."""

    name: str
    width: int
    """Of the picture itself, in pixels, like its height; 0 where it has a fault."""
    height: int
    fault: str
    """Code of a finding; empty for a sound picture."""
    thumbnail: bytes
    """The small picture as WebP."""


PlacedPicture = tuple[int, int]
"""The position of a picture among those of a row, and the number of characters before it in a text."""


class ShownTurn(msgspec.Struct, frozen=True, array_like=True):
    """The texts of a turn, and the pictures that stand inside them; None is a half that is absent."""

    instruction: str | None
    response: str | None
    instruction_pictures: tuple[PlacedPicture, ...] = ()
    response_pictures: tuple[PlacedPicture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A row that a page shows, and the reasons why."""

    row: int
    """Counted from 0."""
    record: str
    why: tuple[str, ...]
    """`worst: METRIC`, `borderline: METRIC`, `random`, `votes differ`, or the code of a finding."""
    turns: tuple[ShownTurn, ...]
    task: str
    pictures: tuple[Thumbnail, ...]
    """Those that stand in no text stand before the first."""
    left_out: str
    """The parts of the row that are not shown, in words."""

    def pictures_before_text(self) -> list[Thumbnail]:
        """The pictures that stand inside no text."""
        placed = {
            position for turn in self.turns for position, _ in (*turn.instruction_pictures, *turn.response_pictures)
        }
        return [picture for position, picture in enumerate(self.pictures) if position not in placed]


def write_gallery(run: Path, exhibits: Sequence[Exhibit]) -> None:
    """Writes exhibits into the folder of their run."""
    cells = [_cells(exhibit) for exhibit in exhibits]
    columns = [[row[name] for row in cells] for name in _SCHEMA.names]
    with disk_errors(run), replacing(run / GALLERY) as file:
        pq.write_table(pa.table(columns, schema=_SCHEMA), file, compression="zstd")


def read_gallery(run: Path) -> Iterator[Exhibit]:
    """Yields the exhibits of a run in the order of the rows; none if the folder has no gallery."""
    if not (run / GALLERY).is_file():
        return
    with damage_errors(run / GALLERY, "Delete it: `vlitqa report` makes it again from the dataset."):
        table = pq.read_table(run / GALLERY).select(_SCHEMA.names).cast(_SCHEMA)
        for row in table.to_pylist():
            yield _exhibit(row)


def _exhibit(row: dict[str, Any]) -> Exhibit:
    """Makes an exhibit from its cells; raises ValueError for cells that none has."""
    pictures = tuple(Thumbnail(**cells) for cells in row["pictures"])
    turns = msgspec.json.decode(row["turns"], type=tuple[ShownTurn, ...])
    exhibit = Exhibit(**{**row, "why": tuple(row["why"]), "turns": turns, "pictures": pictures})
    if None in (*row.values(), *exhibit.why, *(cell for cells in row["pictures"] for cell in cells.values())):
        raise ValueError(f"a cell of row {exhibit.row} is empty")
    placed = [place for turn in turns for place in (*turn.instruction_pictures, *turn.response_pictures)]
    if not all(0 <= position < len(pictures) and offset >= 0 for position, offset in placed):
        raise ValueError(f"a text of row {exhibit.row} has a picture that is none of its own")
    return exhibit


def _cells(exhibit: Exhibit) -> dict[str, Any]:
    """Returns the cells of an exhibit by column; bytes that are not UTF-8 cannot be kept."""
    cells = asdict(exhibit)
    turns = [
        msgspec.structs.replace(turn, instruction=_as_utf8(turn.instruction), response=_as_utf8(turn.response))
        for turn in exhibit.turns
    ]
    cells["turns"] = msgspec.json.encode(turns).decode()
    cells["record"], cells["task"] = _as_utf8(exhibit.record), _as_utf8(exhibit.task)
    for picture in cells["pictures"]:
        picture["name"] = _as_utf8(picture["name"])
    return cells


def _as_utf8(text: str | None) -> str | None:
    return text if text is None or text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")
