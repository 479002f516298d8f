"""Makes the rows that a page shows: read from the dataset again, with small pictures."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from vlitqa.backends.toolbox import Toolbox, image_roots_of
from vlitqa.contracts.tools import Images
from vlitqa.errors import ImageFault
from vlitqa.reader import Dataset
from vlitqa.records import ImageRef, Record
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.gallery import Exhibit, Thumbnail
from vlitqa.runs.remarkable import DRAWN, remarkable_rows

_BOX = (240, 160)
"""Pixels that a thumbnail fits into."""
_QUALITY = 50
_MOST_PICTURES, _MOST_TURNS, _MOST_LETTERS = 8, 30, 4_000
"""What is kept of one row, and of one text of it."""


def make_exhibits(run: FinishedRun, dataset: Dataset, drawn: int = DRAWN) -> list[Exhibit]:
    """Reads the remarkable rows of a finished run from its dataset, with small pictures."""
    reasons = remarkable_rows(run, drawn)
    roots = image_roots_of(dataset.path, tuple(map(Path, run.info.reading.image_roots)))
    images = Toolbox(tuple(map(str, roots)), ()).open().images
    with dataset.entries() as entries:
        records = (entry for entry in entries if isinstance(entry, Record) and entry.place.row in reasons)
        return [_exhibit(record, tuple(reasons[record.place.row]), images) for record in records]


def _exhibit(record: Record, why: tuple[str, ...], images: Images) -> Exhibit:
    left_out = []
    if len(record.turns) > _MOST_TURNS:
        left_out.append(f"{len(record.turns) - _MOST_TURNS:,} more turns")
    if len(record.images) > _MOST_PICTURES:
        left_out.append(f"{len(record.images) - _MOST_PICTURES:,} more images")
    turns = tuple((_short(turn.instruction), _short(turn.response)) for turn in record.turns[:_MOST_TURNS])
    if any(len(text or "") > _MOST_LETTERS for turn in record.turns for text in (turn.instruction, turn.response)):
        left_out.append(f"what goes over {_MOST_LETTERS:,} letters of a text")
    pictures = tuple(_thumbnail(ref, images) for ref in record.images[:_MOST_PICTURES])
    return Exhibit(record.place.row, record.id, why, turns, record.task or "", pictures, ", ".join(left_out))


def _short(text: str | None) -> str | None:
    return text if text is None else text[:_MOST_LETTERS]


def _thumbnail(ref: ImageRef, images: Images) -> Thumbnail:
    name = ref.name or "embedded"
    try:
        picture = images.look(ref, _BOX[1])
    except ImageFault as fault:
        return Thumbnail(name, 0, 0, fault.code, b"")
    small = Image.fromarray(picture.pixels)
    small.thumbnail(_BOX)
    target = io.BytesIO()
    small.save(target, "WEBP", quality=_QUALITY, method=4)
    return Thumbnail(name, picture.width, picture.height, "", target.getvalue())
