"""One sample of a dataset: a Record with its Turns, images and recordings, or the Reject that stands in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import astuple, replace

Row = Mapping[str, object]
"""One row as its file holds it: the only place where values are still untyped."""

ROW_KEY, ROW_TEXT, ROW_IMAGES = "__key__", "__text__", "__images__"
"""Fields that a container adds: the row's key in an object of objects or a tar, its text and image members."""


class Place(Struct, frozen=True, gc=False):
    """The position of a row in its file: enough to copy it out again untouched."""

    row: int
    """Counted from 0 over every row of the dataset, rejects included."""
    line: int
    """Counted from 1, as an editor shows it; 0 where the file has no lines."""
    offset: int = 0
    """The first byte of the row, in the uncompressed file."""
    length: int = 0
    file: str = ""
    """The name of its file, where a dataset has several."""
    first: int = 0
    """The number of rows in the files before."""


NOWHERE = Place(row=0, line=0)


class RawRow(Struct, frozen=True, gc=False):
    """A row as its file holds it, and its place there."""

    place: Place
    row: Row


FRAMES, MOST_FRAMES = 4, 64
"""Frames of a video among the images, unless a user says otherwise, and at most."""


class Frame(Struct, frozen=True, gc=False):
    """One of the frames that stand for a video, at even distances in time."""

    number: int
    """Counted from 0."""
    total: int


class ImageRef(Struct, frozen=True, gc=False):
    """One image of a record: a name below the image root, or the bytes themselves; or a frame of a video."""

    name: str = ""
    data: bytes | None = None
    caption: str = ""
    """Text that says what it shows, where the dataset has one for each image."""
    frame: Frame | None = None
    """The frame of the video that the name or the bytes are; None for an image."""


VIDEO, AUDIO = "video", "audio"
RECORDING_ENDINGS = {VIDEO: ("mp4", "webm", "mkv", "avi", "mov"), AUDIO: ("wav", "mp3", "flac", "ogg", "m4a")}
"""The usual endings of their files."""


class Recording(Struct, frozen=True, gc=False):
    """A video or a sound of a record: a name below the image root, or the bytes themselves."""

    kind: str
    """VIDEO or AUDIO."""
    name: str = ""
    data: bytes | None = None


class Region(Struct, frozen=True, gc=False):
    """A box that a row points at, in the numbers of the row."""

    box: tuple[float, float, float, float]


class Turn(Struct, frozen=True, gc=False):
    """One pair of instruction and response, without image placeholders; None is a half that is absent."""

    instruction: str | None
    response: str | None
    instruction_images: tuple[int, ...] = ()
    """Positions in the record's images."""
    response_images: tuple[int, ...] = ()
    instruction_offsets: tuple[int, ...] = ()
    """The number of characters before each of these images, ascending; empty where all stand before the text."""
    response_offsets: tuple[int, ...] = ()


class Record(Struct, frozen=True, gc=False):
    """One sample of a dataset, whatever format it came from."""

    turns: tuple[Turn, ...]
    images: tuple[ImageRef, ...] = ()
    id: str = ""
    placeholders: int | None = None
    """The number of placeholders in the text; None where the format needs none."""
    system: str | None = None
    task: str | None = None
    """The dataset's own label of the task."""
    annotation: str | None = None
    """Text that says what the image shows, where the dataset has one."""
    regions: tuple[Region, ...] = ()
    examples: tuple[str, ...] = ()
    """Ids of the rows that are shown before this one, in context."""
    recordings: tuple[Recording, ...] = ()
    """Its videos and sounds; frames of the videos stand among the images, if frames are asked for."""
    rejected: str | None = None
    """A response that is worse than that of the last turn, in data of preferences."""
    notes: tuple[str, ...] = ()
    """Codes of oddities that the format accepted."""
    place: Place = NOWHERE
    source: Row | None = None
    """The row as it was read, the last field; left behind when a record travels to a worker."""

    def text(self) -> str:
        """All instructions and responses, one below the other."""
        return "\n".join([text for turn in self.turns for text in (turn.instruction, turn.response) if text])

    def seen(self, positions: Sequence[int] | None = None) -> int:
        """The number of its images, all or those at some positions; the frames of a video count as one."""
        refs = self.images if positions is None else [self.images[position] for position in positions]
        return sum([ref.frame is None or not ref.frame.number for ref in refs])

    def weight(self) -> int:
        """About how many bytes the record holds: its row, and the images that came with it."""
        images = sum([len(ref.data) for ref in self.images if ref.data is not None]) if self.images else 0
        return images + (self.place.length or _bytes_of(self.source))

    def __reduce__(self) -> tuple[type[Record], tuple[object, ...]]:
        return Record, astuple(self)[:-1]


class Reject(Struct, frozen=True, gc=False):
    """A row that could not be read: its place, the field and the reason."""

    place: Place
    code: str
    reason: str
    field: str = ""


def _bytes_of(value: object) -> int:
    """About how many bytes of texts and images a value of a row holds."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_bytes_of, value.values()))
    return sum(map(_bytes_of, value)) if isinstance(value, list | tuple) else 0


def with_texts(turn: Turn, instruction: str | None, response: str | None) -> Turn:
    """The turn with other texts; an image that stood behind the end of its new text moves to that end."""
    return Turn(
        instruction,
        response,
        turn.instruction_images,
        turn.response_images,
        _clipped(turn.instruction_offsets, instruction),
        _clipped(turn.response_offsets, response),
    )


def without_frames(record: Record) -> Record:
    """The record without the frames that stand for its videos."""
    if all(ref.frame is None for ref in record.images):
        return record
    kept = [position for position, ref in enumerate(record.images) if ref.frame is None]
    renumbered = {position: number for number, position in enumerate(kept)}
    turns = []
    for turn in record.turns:
        asked, asked_at = _renumbered(turn.instruction_images, turn.instruction_offsets, renumbered)
        shown, shown_at = _renumbered(turn.response_images, turn.response_offsets, renumbered)
        turns.append(Turn(turn.instruction, turn.response, asked, shown, asked_at, shown_at))
    return replace(record, images=tuple([record.images[position] for position in kept]), turns=tuple(turns))


def _renumbered(
    images: tuple[int, ...], offsets: tuple[int, ...], numbers: Mapping[int, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The images of a half that have a number, and their offsets; none of these where all are 0."""
    kept = [
        (numbers[image], offset)
        for image, offset in zip(images, offsets or (0,) * len(images), strict=True)
        if image in numbers
    ]
    places = tuple([offset for _, offset in kept])
    return tuple([image for image, _ in kept]), places if any(places) else ()


def with_image_marks(turn: Turn, mark: str) -> tuple[str | None, str | None]:
    """The instruction and the response with a mark where each image stands."""
    return (
        _marked(turn.instruction, len(turn.instruction_images), turn.instruction_offsets, mark),
        _marked(turn.response, len(turn.response_images), turn.response_offsets, mark),
    )


def _marked(text: str | None, images: int, offsets: tuple[int, ...], mark: str) -> str | None:
    if not images:
        return text
    whole, places = text or "", offsets or (0,) * images
    parts = [whole[start:end] for start, end in zip((0, *places), (*places, len(whole)), strict=True)]
    return mark.join(parts)


def _clipped(offsets: tuple[int, ...], text: str | None) -> tuple[int, ...]:
    clipped = tuple([min(offset, len(text or "")) for offset in offsets])
    return clipped if any(clipped) else ()


def with_images(record: Record, data: Mapping[str, bytes]) -> Record:
    """The record with embedded bytes for its images, matched by name and otherwise in order."""
    if not record.images:
        refs = tuple(ImageRef(name, data[name]) for name in data)
        if not record.turns or not refs:
            return replace(record, images=refs)
        first = replace(record.turns[0], instruction_images=tuple(range(len(refs))))
        return replace(record, images=refs, turns=(first, *record.turns[1:]))
    by_name = {name.rsplit("/", 1)[-1]: content for name, content in data.items()}
    in_order = iter(data.values()) if len(data) == len(record.images) else iter(())
    refs = tuple(_with_bytes(ref, by_name, next(in_order, None)) for ref in record.images)
    return replace(record, images=refs)


def _with_bytes(ref: ImageRef, by_name: Mapping[str, bytes], fallback: bytes | None) -> ImageRef:
    if ref.data is not None:
        return ref
    return replace(ref, data=by_name.get(ref.name.rsplit("/", 1)[-1], fallback))
