"""The size and the content of a user's dataset, in the terms in which papers print those of theirs."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from msgspec import Struct

from vlitqa.algorithms.regions import count_regions
from vlitqa.records import VIDEO, ImageRef, Record, Recording

_LEAST_SHARE = 0.01
"""The share of records from which on a dataset is said to have regions or interleaved images: fewer are accidents."""


class DatasetShape(Struct, frozen=True, kw_only=True):
    """What is counted of a dataset."""

    rows: int
    """Records; what could not be read is none."""
    turns: int
    images: int
    """Different images, by their names or bytes."""
    images_shown: int
    """Images of all records, a copy each time."""
    videos: int
    regional: int
    """Records whose texts point at a region of an image."""
    interleaved: int
    """Records with images at several places of the text."""

    @property
    def has_regions(self) -> bool:
        """True if more than a stray record points at a region."""
        return self.regional > 0 and self.regional >= _LEAST_SHARE * self.rows

    @property
    def is_interleaved(self) -> bool:
        """True if more than a stray record has images at several places."""
        return self.interleaved > 0 and self.interleaved >= _LEAST_SHARE * self.rows


def measure_shape(records: Iterable[Record]) -> DatasetShape:
    """Counts a dataset, one record after the other."""
    rows = turns = shown = regional = interleaved = 0
    images, videos = set[bytes](), set[bytes]()
    for record in records:
        rows += 1
        turns += len(record.turns)
        shown += len(record.images)
        images.update(map(_identity, record.images))
        videos.update(_identity(recording) for recording in record.recordings if recording.kind == VIDEO)
        regional += _points_at_region(record)
        interleaved += len(_image_places(record)) > 1
    return DatasetShape(
        rows=rows,
        turns=turns,
        images=len(images),
        images_shown=shown,
        videos=len(videos),
        regional=regional,
        interleaved=interleaved,
    )


def _identity(file: ImageRef | Recording) -> bytes:
    content = file.data if file.data is not None else file.name.encode(errors="surrogateescape")
    return blake2b(content, digest_size=16).digest()


def _points_at_region(record: Record) -> bool:
    if record.regions:
        return True
    return any(
        count_regions([text for text in (turn.instruction, turn.response) if text])
        for turn in record.turns
        if turn.instruction or turn.response
    )


def _image_places(record: Record) -> set[tuple[int, int, int]]:
    """Where images stand: by turn, half of the turn, and offset in its text."""
    places: set[tuple[int, int, int]] = set()
    for number, turn in enumerate(record.turns):
        halves = (
            (turn.instruction_images, turn.instruction_offsets),
            (turn.response_images, turn.response_offsets),
        )
        for half, (images, offsets) in enumerate(halves):
            places.update((number, half, offset) for offset in (offsets or (0,) * len(images)))
    return places
