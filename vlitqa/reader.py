"""From a file to its Records: finds container and format by content, and turns every bad row into a Reject."""

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

from vlitqa.catalogue import FORMATS, load_format, suggestion
from vlitqa.containers import Container, detect_container
from vlitqa.containers.image_table import ImageTable, open_image_table
from vlitqa.containers.stream import ByteStream, SourceFile
from vlitqa.contracts import Format
from vlitqa.errors import RejectedRecord, UnknownFormat, UsageError
from vlitqa.formats.flat_table import MAPPABLE, mapped_format
from vlitqa.records import ROW_IMAGES, ImageRef, RawRow, Record, Reject, Row, with_images

_SAMPLE = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """How a user wants a file to be read; empty means: by its content."""

    format: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    images: Path | None = None
    """A file of images by name."""

    def format_named(self) -> Format | None:
        if self.mapping:
            return mapped_format(dict(self.mapping))
        return load_format(self.format) if self.format else None


@dataclass(frozen=True)
class Dataset:
    """A file that was opened once, whose container and format are known."""

    source: SourceFile
    container: Container
    format: Format | None
    """None for a file without rows."""
    reading: Reading = field(default_factory=Reading)
    images: ImageTable | None = None

    @property
    def path(self) -> Path:
        """The name it was opened by."""
        return self.source.path

    @property
    def sha256(self) -> str:
        """The digest of the file's bytes, taken once."""
        return self.source.sha256

    @cached_property
    def record_rows(self) -> Sequence[int]:
        """The rows that hold a record, counted from 0; found once."""
        with self.entries() as entries:
            return [entry.place.row for entry in entries if isinstance(entry, Record)]

    @contextmanager
    def entries(self) -> Iterator[Entries]:
        """Every row as a Record or a Reject, in order."""
        with self.source.stream() as stream:
            yield Entries(stream, map(self._read, self.container.rows(stream)))

    def _read(self, raw: RawRow | Reject) -> Record | Reject:
        if isinstance(raw, Reject):
            return raw
        place, row = raw.place, raw.row
        try:
            record = self.format.read(row, place=place)  # type: ignore[union-attr]  # a file with rows has one
        except RejectedRecord as reject:
            return Reject(place, reject.code, reject.reason, reject.field)
        if self.container.embeds:
            return with_images(record, row[ROW_IMAGES])  # type: ignore[arg-type]
        return self._filled(record) if self.images and record.images else record

    def _filled(self, record: Record) -> Record:
        """The record with those of its images that stand in the file of images."""
        assert self.images is not None
        found = [
            ref if (data := self.images.get(ref.name)) is None else ImageRef(ref.name, data) for ref in record.images
        ]
        return replace(record, images=tuple(found))


class Entries(Iterator[Record | Reject]):
    """The rows of an open file, and how much of it they took."""

    def __init__(self, stream: ByteStream, rows: Iterator[Record | Reject]) -> None:
        self._stream, self._rows = stream, rows

    def __next__(self) -> Record | Reject:
        return next(self._rows)

    def __iter__(self) -> Iterator[Record | Reject]:
        return self._rows

    def share(self) -> float:
        """How much of the file has been read, between 0 and 1."""
        return self._stream.share()


def open_dataset(path: Path, reading: Reading | None = None) -> Dataset:
    """Opens a file and finds out how it is packed and shaped; raises DatasetError where it is no dataset."""
    reading = reading or Reading()
    wanted = reading.format_named()
    formats = [wanted] if wanted else [load_format(name) for name in FORMATS]

    def accepts(row: Row) -> bool:
        return any(each.recognises(row) for each in formats)

    source = SourceFile(path)
    container = detect_container(source, accepts)
    images = open_image_table(reading.images) if reading.images else None
    if wanted is None or reading.mapping:  # a mapping may name a field that no row has
        wanted = _detect_format(source, container, formats, reading.mapping) or wanted
    return Dataset(source, container, wanted, reading, images)


def parse_mapping(text: str) -> dict[str, str]:
    """`instruction=question,image=img` as a mapping; raises UsageError for what is none."""
    mapping: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        name, equals, field_name = (piece.strip() for piece in part.partition("="))
        if not equals or not field_name:
            raise UsageError(f"--map: {part!r} is not of the form part=field.", repair=f"Parts: {', '.join(MAPPABLE)}.")
        if name not in MAPPABLE:
            turned = f" Write the part first: {field_name}={name}." if field_name in MAPPABLE else ""
            repair = suggestion(name, dict.fromkeys(MAPPABLE)) if not turned else turned.strip()
            raise UsageError(f"--map: there is no part {name!r}.", repair=repair)
        if name in mapping:
            raise UsageError(f"--map: {name} is both {mapping[name]!r} and {field_name!r}.", repair="Name one field.")
        mapping[name] = field_name
    if mapping and not {"instruction", "response"} & mapping.keys():
        raise UsageError("--map names neither instruction nor response.", repair="Map at least one of them.")
    return mapping


def _detect_format(
    source: SourceFile, container: Container, formats: list[Format], mapping: Mapping[str, str]
) -> Format | None:
    """The format that recognises most of the first rows."""
    votes: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    seen = 0
    with source.stream() as stream:
        for raw in islice(container.rows(stream), _SAMPLE):
            if isinstance(raw, Reject):
                continue
            seen += 1
            fields.update(raw.row.keys())
            votes.update(each.name for each in formats if each.recognises(raw.row))
    if seen:
        _refuse_unknown_fields(mapping, fields)
    if votes:
        best = votes.most_common(1)[0][0]
        return next(each for each in formats if each.name == best)
    if seen:
        raise _unknown_format(source.path, fields)
    return None


def _refuse_unknown_fields(mapping: Mapping[str, str], fields: Counter[str]) -> None:
    """Raises UnknownFormat for a mapped field that none of the first rows has, unless it may come later.

    An instruction or a response stands in every row; another part may begin late, but not under a name so like one
    that is there.
    """
    for part, name in mapping.items():
        needed = part in ("instruction", "response") or difflib.get_close_matches(name, fields, n=1)
        if name not in fields and needed:
            raise UnknownFormat(
                f"--map {part}={name}: none of the first rows has a field {name!r}; they have {_listed(fields)}.",
                repair=suggestion(name, fields),
            )


def _unknown_format(path: Path, fields: Counter[str]) -> UnknownFormat:
    return UnknownFormat(
        f"{path}: its rows have the fields {_listed(fields)}, and no known format has its instruction or response "
        "under these names.",
        repair="If a field is one of them, say so: --map instruction=FIELD,response=FIELD,image=FIELD "
        "(an instruction or a response alone will do). Annotations such as captions and boxes are no instruction data.",
    )


def _listed(fields: Counter[str]) -> str:
    return ", ".join(name for name, _ in fields.most_common(12))
