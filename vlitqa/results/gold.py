"""Gold: verdicts of people on responses, one line of JSON each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from vlitqa.records import Record, Turn

_PACKED = (".gz", ".zst")


class GoldSubject(NamedTuple):
    """All of a turn that a verdict is about: whatever row it stands in, another text or image is another subject."""

    id: str
    image: str
    instruction: str
    response: str


class GoldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A response, the row and turn in which it was drawn, and the verdict on it."""

    id: str = ""
    image: str = ""
    instruction: str = ""
    response: str
    row: int = 0
    turn: int = 0
    correct: bool | None = None
    """None until people have judged it."""
    cause: str | None = ""
    """The kind of error in an incorrect response, in a word or two, if people name it."""

    @property
    def subject(self) -> GoldSubject:
        """The turn that the verdict is about."""
        return GoldSubject(self.id, self.image, self.instruction, self.response)


def gold_line(record: Record, place: int, correct: bool | None = None) -> GoldLine:  # noqa: FBT001 - the verdict itself
    """The line about a turn of a record, which stands at a place counted from 0."""
    turn = record.turns[place]
    return GoldLine(**subject_of(record, turn)._asdict(), row=record.place.row + 1, turn=place + 1, correct=correct)


def subject_of(record: Record, turn: Turn) -> GoldSubject:
    """The turn of a record, as verdicts name it."""
    image = record.images[0].name if record.images else ""
    return GoldSubject(record.id, image, turn.instruction or "", turn.response or "")


def answered_turns(records: Iterable[Record]) -> Iterator[tuple[Record, int]]:
    """The turns that have a response: each record, and the place of a turn in it."""
    for record in records:
        for place, turn in enumerate(record.turns):
            if turn.response and turn.response.strip():
                yield record, place


def gold_beside(dataset: Path) -> Path:
    """The file in which the verdicts on a dataset stand, if it is there: `data.gold.jsonl` for `data.json`."""
    name = dataset.name
    for ending in _PACKED:
        name = name.removesuffix(ending)
    return dataset.with_name(f"{Path(name).stem}.gold.jsonl")
