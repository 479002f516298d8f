"""Reads the Records of a file: detects container and format by content, and turns every bad row into a Reject."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from vlitqa.algorithms.counted import counted
from vlitqa.catalogue import FORMATS, load_format, suggestion
from vlitqa.containers import Container
from vlitqa.containers.hub_snapshot import name_of_place
from vlitqa.containers.image_table import ImageTable, open_image_table, with_images_of
from vlitqa.containers.memory import MemoryStream, RowsInMemory
from vlitqa.containers.opening import RowSource, open_source
from vlitqa.containers.shards import ShardedSource, ShardStream, refuse_mixture
from vlitqa.containers.stream import ByteStream
from vlitqa.contracts import Format
from vlitqa.errors import DatasetError, RejectedRecord, UnknownFormat
from vlitqa.formats.dataset_index import datasets_listed
from vlitqa.formats.flat_table import mapped_format
from vlitqa.formats.recordings import read_recordings
from vlitqa.formats.unread_fields import find_unread_fields
from vlitqa.formats.unread_media import has_unread_media
from vlitqa.records import ROW_IMAGES, RawRow, Record, Reject, Row, with_images

_SAMPLE_ROWS = 100
"""Rows by which the format of a file is detected."""
_MOST_IMAGES = 10_000
"""Images of one row: more than the frames of any video that a row shows, and looked up in a second."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The options of a user for reading a file; what is empty is detected from its content."""

    format: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """The field of each part of a record, such as `instruction`."""
    images: Path | None = None
    """A file that holds images by name."""
    home: Path | None = None
    """The folder of the dataset's images and settings; None for that of the file, which a part of a dataset left."""
    files: tuple[Path, ...] = ()
    """Files that are one dataset together, whose path is no more than its name."""
    frames: int = 0
    """Frames at even distances that stand for each video among the images."""

    def format_named(self) -> Format | None:
        """Returns the format that the options name; None if the content decides."""
        if self.mapping:
            return mapped_format(dict(self.mapping))
        return load_format(self.format) if self.format else None


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A file that was opened once, with its container and its format."""

    source: RowSource
    container: Container
    format: Format | None
    """None for a file without rows."""
    reading: Reading = field(default_factory=Reading)
    images: ImageTable | None = None

    @property
    def path(self) -> Path:
        """The path by which it was opened."""
        return self.source.path

    @property
    def name(self) -> str:
        """The name by which it is shown."""
        return name_of_place(self.path)

    @property
    def home(self) -> Path:
        """The folder of its images and settings; that in which one works for rows in memory."""
        if self.reading.files:
            return (self.reading.home or self.reading.files[0].parent).absolute()
        is_folder = self.path.is_dir() and not isinstance(self.source, RowsInMemory)
        return (self.reading.home or (self.path if is_folder else self.path.parent)).absolute()

    @property
    def sha256(self) -> str:
        """The digest of the bytes of its file, or of all its files, computed once."""
        return self.source.sha256

    @cached_property
    def record_rows(self) -> Sequence[int]:
        """The rows that hold a record, counted from 0; read once."""
        with self.entries() as entries:
            return [entry.place.row for entry in entries if isinstance(entry, Record)]

    @cached_property
    def unread_fields(self) -> tuple[str, ...]:
        """The fields of the first rows that hold something and are not read; none where a user maps those that are."""
        if self.format is None or self.reading.mapping:
            return ()
        return find_unread_fields(self.format, self._first_rows())

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of the first rows, whether they are read or not."""
        return tuple(dict.fromkeys(name for raw in self._first_rows() for name in raw.row))

    @contextmanager
    def entries(self) -> Iterator[Entries]:
        """Opens the rows of the file, each a Record or a Reject, in order."""
        with self.source.stream() as stream:
            yield Entries(stream, map(self._read, self.container.rows(stream)))

    def _first_rows(self) -> Iterator[RawRow]:
        with self.source.stream() as stream:
            yield from (raw for raw in islice(self.container.rows(stream), _SAMPLE_ROWS) if isinstance(raw, RawRow))

    def _read(self, raw: RawRow | Reject) -> Record | Reject:
        if isinstance(raw, Reject):
            return raw
        place, row = raw.place, raw.row
        try:
            record = self.format.read(row, place=place)  # type: ignore[union-attr]  # a file with rows has one
            if self.container.embeds:
                record = with_images(record, row[ROW_IMAGES])  # type: ignore[arg-type]
            record = read_recordings(row, record, self.reading.frames, self.reading.mapping)
        except RejectedRecord as reject:
            return Reject(place, reject.code, reject.reason, reject.field)
        if has_unread_media(row, record):
            record = replace(record, notes=(*record.notes, "unread_media"))
        if len(record.images) > _MOST_IMAGES:
            reason = f"the row has {len(record.images):,} images, over the cap of {_MOST_IMAGES:,}"
            return Reject(place, "too_many_images", reason)
        is_whole = self.container.embeds or not (self.images and record.images)
        return record if is_whole else with_images_of(record, self.images)  # type: ignore[arg-type]  # there it has some


class Entries(Iterator[Record | Reject]):
    """The rows of an open file, and the share of it that was read."""

    def __init__(self, stream: ByteStream | ShardStream | MemoryStream, rows: Iterator[Record | Reject]) -> None:
        self._stream, self._rows = stream, rows

    def __next__(self) -> Record | Reject:
        return next(self._rows)

    def __iter__(self) -> Iterator[Record | Reject]:
        return self._rows

    def share(self) -> float:
        """Returns the share of the file that has been read, between 0 and 1."""
        return self._stream.share()


def open_dataset(place: Path | RowsInMemory, reading: Reading | None = None) -> Dataset:
    """Opens a file, or rows in memory, and detects its container and its format; raises DatasetError for no dataset."""
    reading = reading or Reading()
    chosen = reading.format_named()
    formats = [chosen] if chosen else [load_format(name) for name in FORMATS]

    def accepts(row: Row) -> bool:
        return any(candidate.recognises(row) for candidate in formats)

    source, container = open_source(place, accepts, reading.files)
    images = open_image_table(reading.images) if reading.images else None
    if chosen is None and isinstance(source, ShardedSource):
        refuse_mixture(source, lambda row: next((shape.name for shape in formats if shape.recognises(row)), ""))
    if chosen is None or reading.mapping:  # a mapping may name a field that no row has
        chosen = _detect_format(source, container, formats, reading.mapping) or chosen
    return Dataset(source=source, container=container, format=chosen, reading=reading, images=images)


def _detect_format(
    source: RowSource, container: Container, formats: list[Format], mapping: Mapping[str, str]
) -> Format | None:
    """Returns the format that recognises most of the first rows; None for a file without rows."""
    votes: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    rows = 0
    row: Row = {}
    with source.stream() as stream:
        sound = (raw for raw in container.rows(stream) if isinstance(raw, RawRow))
        for raw in islice(sound, _SAMPLE_ROWS):
            rows, row = rows + 1, raw.row
            fields.update(row.keys())
            votes.update(candidate.name for candidate in formats if candidate.recognises(raw.row))
    if rows:
        _refuse_unknown_fields(mapping, fields)
    if votes:
        name = votes.most_common(1)[0][0]
        return next(candidate for candidate in formats if candidate.name == name)
    if rows == 1:
        _refuse_empty_list(source.path, row)
    if rows:
        raise _unknown_format(source.path, fields)
    return None


def _refuse_empty_list(path: Path, row: Row) -> None:
    """Raises DatasetError for the only object of a file that wraps a list without rows, or lists datasets."""
    empty = [name for name, value in row.items() if value in ([], {})]
    if listed := datasets_listed(row):
        repair = f"Check one of them: {', '.join(listed[:5])}."
        raise DatasetError(f"{path} lists {counted(len(listed), 'dataset')} and holds none.", repair=repair)
    if empty and not any(isinstance(value, list | dict) and value for value in row.values()):
        raise DatasetError(
            f"{path} holds no rows: {empty[0]!r}, which it wraps, is empty.", repair="Check that it is the right file."
        )


def _refuse_unknown_fields(mapping: Mapping[str, str], fields: Counter[str]) -> None:
    """Raises UnknownFormat for a mapped field that none of the first rows has, unless it may come later.

    An instruction or a response stands in every row; another part may begin late, but not under a name so like one
    that is there.
    """
    for part, name in mapping.items():
        needed = part in ("instruction", "response") or difflib.get_close_matches(name, fields, n=1)
        if name not in fields and needed:
            raise UnknownFormat(
                f"--map {part}={name}: none of the first rows has a field {name!r}; they have {_list_fields(fields)}.",
                repair=suggestion(name, fields),
            )


def _unknown_format(path: Path, fields: Counter[str]) -> UnknownFormat:
    return UnknownFormat(
        f"{path}: its rows have the fields {_list_fields(fields)}, and no known format has its instruction or response "
        "under these names.",
        repair="If a field is one of them, say so: --map instruction=FIELD,response=FIELD,image=FIELD "
        "(an instruction or a response alone will do). Annotations such as captions and boxes are no instruction data.",
    )


def _list_fields(fields: Counter[str]) -> str:
    return ", ".join(name for name, _ in fields.most_common(12))
