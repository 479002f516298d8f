"""Videos and sounds of a row: named in fields of their own or in its texts, and taken out of the texts by their marks.

Each stands in the record's recordings. Frames that stand for a video are images of the record, where its mark was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from vlitqa.formats.fields import decode_base64, encode_base64, images_of, offsets_inside
from vlitqa.formats.recording_fields import KIND_OF_FIELD, RECORDING_FIELDS
from vlitqa.records import AUDIO, VIDEO, Frame, ImageRef, Place, Record, Recording, Row, Turn

COUNT_DIFFERS = "media_count"
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|webp|bmp)$", re.IGNORECASE)
_ADDRESS = r"data:[^<>]*|[^<>\n]*(?:\.\w{2,5}|://[^<>\n]+)"
"""What can stand between two marks, as Qwen-Audio writes it; HTML has sentences there."""
_MARK = re.compile(
    r"<(?P<plain>video|audio|sound|speech)>(?:(?P<address>" + _ADDRESS + r")</(?P=plain)>)?"
    r"|<__dj__(?P<juicer>video|audio)>"
    r"|(?:<\|vision_start\|>)?<\|(?P<qwen>video)_pad\|>(?:<\|vision_end\|>)?"
    r"|(?:<\|audio_bos\|>)?<\|(?P<sound>AUDIO|audio_pad)\|>(?:<\|audio_eos\|>)?"
)
_FIELDS = frozenset(KIND_OF_FIELD)
_NAMED_MARK = re.compile(r"<(video|audio|sound|speech)>(?:" + _ADDRESS + r")</\1>")
_NAMES = ("video", "audio", "sound", "url", "path", "file", "uri", "fileUri", "file_uri", "data")
"""Fields of an object that name a recording, or hold an object that does."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A recording, and the images that stand for it."""

    recording: Recording | None
    images: tuple[ImageRef, ...] = ()


def read_recordings(row: Row, record: Record, frames: int, mapping: Mapping[str, str]) -> Record:
    """The record with the videos and sounds that its row names; so many frames stand for each video.

    A user's mapping may say which field names those of a kind.
    """
    may_name = mapping or not _FIELDS.isdisjoint(row)
    named = _recordings_in_fields(row, mapping, record.place) if may_name else {}
    if not named and not _has_named_mark(record.turns):
        return record
    return _Placing(record, named, frames).placed()


def mark_recording(kind: str, value: object) -> str:
    """The mark of a recording in a text, with its address inside where a value names one."""
    address = _address_of(value)
    return f"<{kind}>{address}</{kind}>" if address else f"<{kind}>"


def pictures_of_video(value: object, where: str, place: Place) -> tuple[ImageRef, ...]:
    """The pictures that a list names as the frames of a video; none for anything else."""
    is_listed = isinstance(value, list) and all(isinstance(item, str) and _PICTURE_FILE.search(item) for item in value)
    return images_of(value, where, place) if is_listed else ()


def _has_named_mark(turns: Sequence[Turn]) -> bool:
    """True if the instruction of a turn names a recording between two marks."""
    for turn in turns:  # a loop, because every row is asked
        text = turn.instruction
        if text is not None and "</" in text and _NAMED_MARK.search(text):
            return True
    return False


def _recordings_in_fields(row: Row, mapping: Mapping[str, str], place: Place) -> dict[str, list[_Shown]]:
    """The recordings of each kind that the fields of a row name."""
    named: dict[str, list[_Shown]] = {}
    for kind, fields in RECORDING_FIELDS.items():
        for name in (mapping[kind],) if kind in mapping else fields:
            if (value := row.get(name)) and (recordings := _recordings_of(value, kind, name, place)):
                named[kind] = recordings
                break
    return named


def _recordings_of(value: object, kind: str, where: str, place: Place) -> list[_Shown]:
    """The recordings in a value: a name, bytes, an object with one of them, or a list; pictures make up a video."""
    if isinstance(value, list):
        if kind == VIDEO and (pictures := pictures_of_video(value, where, place)):
            return [_Shown(None, pictures)]
        return [
            shown
            for number, item in enumerate(value)
            for shown in _recordings_of(item, kind, f"{where}[{number}]", place)
        ]
    if isinstance(value, bytes):
        return [_Shown(Recording(kind, data=value))]
    if isinstance(value, Mapping) and isinstance(data := value.get("bytes"), bytes):
        return [_Shown(Recording(kind, str(value.get("path") or ""), data))]
    address = _address_of(value)
    return [_Shown(_recording_at(address, kind, where, place))] if address else []


def _address_of(value: object) -> str:
    """The name or the address of a recording, bytes as a data: address; empty where a value names none."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bytes):
        return f"data:;base64,{encode_base64(value)}"
    if not isinstance(value, Mapping):
        return ""
    if isinstance(data := value.get("data"), str) and data and not data.startswith("data:"):
        return f"data:;base64,{data}"
    return next((address for name in _NAMES if (address := _address_of(value.get(name)))), "")


def _recording_at(address: str, kind: str, where: str, place: Place) -> Recording:
    """The recording at an address; raises RejectedRecord for a data: address that is no base64."""
    if not address.startswith("data:"):
        return Recording(kind, address)
    return Recording(kind, data=decode_base64(address.partition(",")[2], where, place))


@dataclass
class _Placing:
    """The texts of a record, from which the marks of recordings are taken, and the images in the places of these."""

    record: Record
    named: dict[str, list[_Shown]]
    """Of each kind, the recordings that fields name: marks without an address stand for them in their order."""
    frames: int
    recordings: list[Recording] = field(default_factory=list)
    images: list[ImageRef] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=lambda: {VIDEO: 0, AUDIO: 0})
    """Of each kind, the marks without an address."""

    def placed(self) -> Record:
        """The record with its recordings, and without their marks."""
        record = self.record
        self.images = list(record.images)
        turns = [self._without_marks(turn) for turn in record.turns]
        unmarked = [shown for kind, recordings in self.named.items() for shown in recordings[self.marks[kind] :]]
        added = [position for shown in unmarked for position in self._add(shown)]
        if added and turns:
            turns[0] = _with_images_first(turns[0], added)
        placeholders, notes = self._counted(len(unmarked))
        return replace(
            record,
            turns=tuple(turns),
            images=tuple(self.images),
            recordings=tuple(self.recordings),
            placeholders=placeholders,
            notes=notes,
        )

    def _counted(self, unmarked: int) -> tuple[int | None, tuple[str, ...]]:
        """The placeholders of the record with one for each new image, and its notes, with one if the marks are wrong.

        A format may use the placeholder of images for videos, as LLaVA-Video does.
        """
        record = self.record
        placeholders, new = record.placeholders, len(self.images) - len(record.images)
        lacking = {kind: self.marks[kind] - len(self.named.get(kind, ())) for kind in self.marks}
        is_wrong = any(surplus > 0 or (surplus and self.marks[kind]) for kind, surplus in lacking.items())
        if placeholders is not None and unmarked:
            spare = placeholders - len(record.images)
            if spare == unmarked:
                placeholders = len(record.images)
            else:
                is_wrong = True
        notes = (*record.notes, COUNT_DIFFERS) if is_wrong else record.notes
        return placeholders if placeholders is None else placeholders + new, notes

    def _add(self, shown: _Shown) -> Sequence[int]:
        """Takes a recording in, and returns the positions of the images that stand for it."""
        recording, images = shown.recording, shown.images
        if recording is not None:
            self.recordings.append(recording)
            if recording.kind == VIDEO:
                numbers = range(self.frames)
                images = tuple(ImageRef(recording.name, recording.data, frame=Frame(n, self.frames)) for n in numbers)
        first = len(self.images)
        self.images.extend(images)
        return range(first, len(self.images))

    def _without_marks(self, turn: Turn) -> Turn:
        instruction, asked, asked_at = self._half(turn.instruction, turn.instruction_images, turn.instruction_offsets)
        response, shown, shown_at = self._half(turn.response, turn.response_images, turn.response_offsets)
        return Turn(instruction, response, asked, shown, asked_at, shown_at)

    def _half(
        self, text: str | None, images: tuple[int, ...], offsets: tuple[int, ...]
    ) -> tuple[str | None, tuple[int, ...], tuple[int, ...]]:
        """A text without marks, and its images with those of the recordings, each where it stood."""
        if not text or "<" not in text or not (found := list(_MARK.finditer(text))):
            return text, images, offsets
        spans = [mark.span() for mark in found]
        placed = list(zip(offsets or (0,) * len(images), images, strict=True))
        placed += [(mark.start(), position) for mark in found for position in self._add_marked(mark)]
        placed.sort(key=lambda item: item[0])
        whole = _MARK.sub("", text)
        clean, indent = whole.strip(), len(whole) - len(whole.lstrip())
        removed = [sum(min(end, offset) - begin for begin, end in spans if begin < offset) for offset, _ in placed]
        kept = (offset - gone - indent for (offset, _), gone in zip(placed, removed, strict=True))
        places = [min(max(offset, 0), len(clean)) for offset in kept]
        return clean, tuple(image for _, image in placed), offsets_inside(tuple(places))

    def _add_marked(self, mark: re.Match[str]) -> Sequence[int]:
        """Takes the recording in that a mark names or stands for, and returns the positions of its images."""
        kind = VIDEO if "video" in (mark["plain"], mark["juicer"], mark["qwen"]) else AUDIO
        if mark["address"]:
            return self._add(_Shown(_recording_at(mark["address"], kind, kind, self.record.place)))
        number = self.marks[kind]
        self.marks[kind] += 1
        of_kind = self.named.get(kind, [])
        return self._add(of_kind[number]) if number < len(of_kind) else ()


def _with_images_first(turn: Turn, added: Sequence[int]) -> Turn:
    """The turn with images before the text of its instruction."""
    offsets = (0,) * len(added) + (turn.instruction_offsets or (0,) * len(turn.instruction_images))
    return replace(
        turn,
        instruction_images=(*added, *turn.instruction_images),
        instruction_offsets=offsets_inside(offsets),
    )
