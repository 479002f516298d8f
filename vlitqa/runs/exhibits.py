"""Exhibits of a page: remarkable rows, read from the dataset again, with small pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from vlitqa.backends.toolbox import Toolbox, image_roots_of
from vlitqa.contracts.tools import Images
from vlitqa.errors import ImageFault
from vlitqa.reader import Dataset
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.gallery import Exhibit, PlacedPicture, ShownTurn, Thumbnail
from vlitqa.runs.remarkable import DRAWN, remarkable_rows

_BOX = (240, 160)
"""Width and height in pixels that a thumbnail fits into."""
_WEBP_QUALITY = 50
_MOST_PICTURES, _MOST_TURNS, _MOST_LETTERS = 8, 30, 4_000
"""Pictures and turns that are kept of one row, and letters of one text."""


def make_exhibits(run: FinishedRun, dataset: Dataset, drawn: int = DRAWN) -> list[Exhibit]:
    """Reads the remarkable rows of a finished run from its dataset, with small pictures."""
    reasons = remarkable_rows(run, drawn)
    roots = image_roots_of(dataset.home, tuple(map(Path, run.info.reading.image_roots)))
    images = Toolbox(tuple(map(str, roots)), ()).open().images
    with dataset.entries() as entries:
        records = (entry for entry in entries if isinstance(entry, Record) and entry.place.row in reasons)
        return [_make_exhibit(record, tuple(reasons[record.place.row]), images) for record in records]


def _make_exhibit(record: Record, reasons: tuple[str, ...], images: Images) -> Exhibit:
    left_out = []
    if len(record.turns) > _MOST_TURNS:
        left_out.append(f"{len(record.turns) - _MOST_TURNS:,} more turns")
    if len(record.images) > _MOST_PICTURES:
        left_out.append(f"{len(record.images) - _MOST_PICTURES:,} more images")
    kept_images = min(len(record.images), _MOST_PICTURES)
    turns = tuple(_show_turn(turn, kept_images, is_first=not n) for n, turn in enumerate(record.turns[:_MOST_TURNS]))
    if any(len(text or "") > _MOST_LETTERS for turn in record.turns for text in (turn.instruction, turn.response)):
        left_out.append(f"what goes over {_MOST_LETTERS:,} letters of a text")
    pictures = tuple(_make_thumbnail(ref, images) for ref in record.images[:_MOST_PICTURES])
    return Exhibit(
        row=record.place.row,
        record=record.id,
        why=reasons,
        turns=turns,
        task=record.task or "",
        pictures=pictures,
        left_out=", ".join(left_out),
    )


def _show_turn(turn: Turn, kept_images: int, *, is_first: bool) -> ShownTurn:
    """A turn with the pictures inside its texts; those that begin a row stand before its texts."""
    in_instruction = _placed_pictures(turn.instruction_images, turn.instruction_offsets, kept_images)
    if is_first:
        in_instruction = tuple(placed for placed in in_instruction if placed[1])
    in_response = _placed_pictures(turn.response_images, turn.response_offsets, kept_images)
    return ShownTurn(_shorten(turn.instruction), _shorten(turn.response), in_instruction, in_response)


def _placed_pictures(images: Sequence[int], offsets: Sequence[int], kept_images: int) -> tuple[PlacedPicture, ...]:
    """The pictures that are kept of the images of a text, each with the number of characters before it."""
    pairs = zip(images, offsets or (0,) * len(images), strict=True)
    return tuple((image, min(offset, _MOST_LETTERS)) for image, offset in pairs if image < kept_images)


def _shorten(text: str | None) -> str | None:
    return text if text is None else text[:_MOST_LETTERS]


def _make_thumbnail(ref: ImageRef, images: Images) -> Thumbnail:
    name = ref.name or "embedded"
    if ref.frame is not None:
        name = f"{name}, frame {ref.frame.number + 1} of {ref.frame.total}"
    try:
        picture = images.look(ref, _BOX[1])
    except ImageFault as fault:
        return Thumbnail(name=name, width=0, height=0, fault=fault.code, thumbnail=b"")
    small = Image.fromarray(picture.pixels)
    small.thumbnail(_BOX)
    webp = io.BytesIO()
    small.save(webp, "WEBP", quality=_WEBP_QUALITY, method=4)
    return Thumbnail(name=name, width=picture.width, height=picture.height, fault="", thumbnail=webp.getvalue())
