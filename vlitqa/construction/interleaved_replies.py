"""Dialogues with pictures between their words: the tags are read by a grammar, and each picture keeps its place.

A picture is `<img3> its description </img3>`, with any number of digits. TextBind's released reader takes one digit
and the first match, and looks at opening tags alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from vlitqa.construction.conversation_replies import LINES_FORM, SpokenMessage, read_reply, role_fault
from vlitqa.construction.drafts import RowFault
from vlitqa.contracts.writers import WriterReply
from vlitqa.formats.fields import offsets_inside, strip_placeholders
from vlitqa.records import ImageRef, Record, Turn

MOST_DISTANCE = 0.1
"""Edits in letters of the description, from which on a repeated description counts as another (TextBind, 3.2)."""
MOST_TURNS = 5
"""TextBind asks for fewer than six."""
_FEWEST_TURNS = 2
_PICTURE = re.compile(r"<img(\d{1,3})>((?:(?!</?img\d*>).)*)</img\1>", re.DOTALL)
_REMNANT = re.compile(r"</?\s*img\d*\s*/?>?", re.IGNORECASE)
_MARK = "<image>"


@dataclass(frozen=True, slots=True)
class RepeatedPicture:
    """A picture in a message: its number, and the description that the writer repeated."""

    number: int
    description: str


@dataclass(frozen=True, slots=True)
class IllustratedMessage:
    """A message without its tags, and the pictures at their offsets."""

    role: str
    text: str
    pictures: tuple[RepeatedPicture, ...]
    offsets: tuple[int, ...]


def read_dialogue(reply: WriterReply) -> tuple[Sequence[IllustratedMessage], Sequence[RowFault]]:
    """The messages of a reply with their pictures, and the faults of their form."""
    read = read_reply(reply, LINES_FORM)
    if read.faults:
        return (), read.faults
    faults = [fault for message in read.messages for fault in _tag_faults(message)]
    return [_illustrated(message) for message in read.messages], faults


def faults_of_dialogue(messages: Sequence[IllustratedMessage], captions: Sequence[str]) -> Iterator[RowFault]:
    """The faults of roles, turns and pictures of a dialogue about pictures with these descriptions."""
    turns = len(messages) // 2
    if fault := role_fault([SpokenMessage(message.role, message.text) for message in messages]):
        yield fault
    elif turns < _FEWEST_TURNS:
        yield RowFault("too_few_turns", f"{turns}")
    elif turns > MOST_TURNS:
        yield RowFault("too_many_turns", f"{turns} turns, and fewer than {MOST_TURNS + 1} were asked for")
    yield from _picture_faults([picture for message in messages for picture in message.pictures], captions)


def _picture_faults(shown: Sequence[RepeatedPicture], captions: Sequence[str]) -> Iterator[RowFault]:
    numbers = [picture.number for picture in shown]
    if not numbers:
        yield RowFault("no_image")
    for number in dict.fromkeys(numbers):
        if number >= len(captions):
            yield RowFault("unseen_image", f"picture {number}")
        elif numbers.count(number) > 1:
            yield RowFault("repeated_image", f"picture {number}")
    if unused := [number for number in range(len(captions)) if number not in numbers]:
        yield RowFault("unused_image", f"picture {unused[0]}")
    for picture in shown:
        if picture.number < len(captions) and (distance := caption_distance(picture, captions)) > MOST_DISTANCE:
            yield RowFault("changed_caption", f"picture {picture.number}: {distance:.3f}")


def caption_distance(picture: RepeatedPicture, captions: Sequence[str]) -> float:
    """Edits from the right description to the repeated one, in letters of the right one."""
    right = captions[picture.number].strip()
    return Levenshtein.distance(picture.description, right) / max(len(right), 1)


def illustrated_record(messages: Sequence[IllustratedMessage], images: Sequence[ImageRef], row_id: str) -> Record:
    """The row of a dialogue; its images are those that are shown, in their order, each where it stood."""
    numbers = [picture.number for message in messages for picture in message.pictures if picture.number < len(images)]
    shown = list(dict.fromkeys(numbers))
    pairs = zip(messages[::2], messages[1::2], strict=False)
    turns = tuple(_turn_of(human, assistant, shown) for human, assistant in pairs)
    return Record(turns, tuple(images[number] for number in shown), id=row_id, task="dialogue")


def _turn_of(human: IllustratedMessage, assistant: IllustratedMessage, shown: Sequence[int]) -> Turn:
    asked, answered = (
        tuple(shown.index(picture.number) for picture in message.pictures if picture.number in shown)
        for message in (human, assistant)
    )
    return Turn(
        human.text,
        assistant.text,
        asked,
        answered,
        offsets_inside(human.offsets[: len(asked)]),
        offsets_inside(assistant.offsets[: len(answered)]),
    )


def _illustrated(message: SpokenMessage) -> IllustratedMessage:
    pictures = tuple(RepeatedPicture(int(match[1]), match[2].strip()) for match in _PICTURE.finditer(message.text))
    if not pictures or _MARK in message.text:
        return IllustratedMessage(message.role, message.text, (), ())
    text, offsets = strip_placeholders(_PICTURE.sub(_MARK, message.text))
    return IllustratedMessage(message.role, text, pictures, offsets)


def _tag_faults(message: SpokenMessage) -> Iterator[RowFault]:
    """Finds marks and tags that are no pictures: unpaired ones, twisted pairs, and marks of other programs."""
    if _MARK in message.text:
        yield RowFault("mark_in_text", _MARK)
    if remnant := _REMNANT.search(_PICTURE.sub("", message.text)):
        yield RowFault("bad_tag", remnant[0])
