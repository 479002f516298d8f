"""The conversations that are labelled: messages with the pictures between their words, each picture by a number."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import msgspec

from vlitqa.containers.memory import RowsInMemory
from vlitqa.errors import UsageError
from vlitqa.reader import Dataset, open_dataset
from vlitqa.records import ImageRef, Record
from vlitqa.results.annotation import EditedMessage, MessagePart


@dataclass(frozen=True)
class AnnotatedItem:
    """One conversation as people see it."""

    id: str
    messages: tuple[EditedMessage, ...]
    images: tuple[ImageRef, ...]
    """Its pictures, by their numbers."""

    @cached_property
    def digest(self) -> str:
        """The digest of what is shown: a label of another text is none of this one."""
        content = msgspec.json.encode([self.messages, [ref.name for ref in self.images]])
        return hashlib.sha256(content).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class AnnotatedDataset:
    """All conversations of a dataset, and the folder of its images."""

    source: Dataset
    items: Sequence[AnnotatedItem]

    @property
    def name(self) -> str:
        """The name by which it is shown: that of the folder of its build, where it has one."""
        return self.source.name

    @property
    def home(self) -> Path:
        """The folder of its images."""
        return self.source.home


def read_items(place: Path | RowsInMemory) -> AnnotatedDataset:
    """Reads the rows of a build, or of any dataset; raises UsageError where two have one id, or none is there."""
    dataset = open_dataset(place)
    with dataset.entries() as entries:
        items = [item_of(entry) for entry in entries if isinstance(entry, Record)]
    if not items:
        raise UsageError(f"{dataset.name} holds no conversation.", repair="Name the folder of a build, or a dataset.")
    if len({item.id for item in items}) < len(items):
        raise UsageError(
            f"{dataset.name}: two rows have the same id, so that labels could not be told apart.", repair="Mend it."
        )
    return AnnotatedDataset(dataset, items)


def item_of(record: Record) -> AnnotatedItem:
    """A record as people see it."""
    messages = []
    for turn in record.turns:
        halves = (
            ("user", turn.instruction, turn.instruction_images, turn.instruction_offsets),
            ("assistant", turn.response, turn.response_images, turn.response_offsets),
        )
        for role, text, images, offsets in halves:
            if text is not None or images:
                messages.append(EditedMessage(role, _parts_of(text or "", images, offsets)))  # type: ignore[arg-type]
    return AnnotatedItem(item_id_of(record), tuple(messages), record.images)


def item_id_of(record: Record) -> str:
    """The id of a row, or its number."""
    return record.id or str(record.place.row + 1)


def _parts_of(text: str, images: Sequence[int], offsets: Sequence[int]) -> tuple[MessagePart, ...]:
    """Words and pictures in their order; there is always a piece of words at both ends, so that all can be edited."""
    places = list(offsets) or [0] * len(images)
    pieces = [text[start:end] for start, end in pairwise([0, *places, len(text)])]
    parts = [MessagePart(pieces[0])]
    for image, piece in zip(images, pieces[1:], strict=True):
        parts += [MessagePart(picture=image), MessagePart(piece)]
    return tuple(parts)
