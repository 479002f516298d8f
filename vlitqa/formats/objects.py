"""Objects of ms-swift: names and boxes beside the messages, at the marks `<ref-object>` and `<bbox>` in their texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from vlitqa.formats.conversation import DialogueMessage
from vlitqa.formats.fields import regions_of
from vlitqa.records import Region, Row

_MARK = re.compile(r"<ref-object>|<bbox>")
_NAME_MARK = "<ref-object>"


@dataclass(frozen=True, slots=True)
class MarkedObjects:
    """What stands for the marks of a row, in the order of the marks."""

    names: tuple[str, ...] = ()
    boxes: tuple[list[object], ...] = ()


def marked_objects(value: object) -> MarkedObjects:
    """The names and boxes of the field `objects`; none for what is no such object."""
    if not isinstance(value, dict):
        return MarkedObjects()
    names, boxes = value.get("ref"), value.get("bbox")
    return MarkedObjects(
        tuple(map(str, names)) if isinstance(names, list) else (),
        tuple(box for box in boxes if isinstance(box, list)) if isinstance(boxes, list) else (),
    )


def fill_marks(messages: Sequence[DialogueMessage], objects: MarkedObjects) -> list[DialogueMessage]:
    """The messages with names and boxes in place of their marks; marks for which there is none stay."""
    names, boxes = iter(objects.names), iter(objects.boxes)
    return [
        _fill(message, message.text, names, boxes) if message.text and "<" in message.text else message
        for message in messages
    ]


def _fill(message: DialogueMessage, text: str, names: Iterator[str], boxes: Iterator[list[object]]) -> DialogueMessage:
    """A message with its marks filled, and its images moved by the letters that came before them."""
    marks = [*_MARK.finditer(text)]
    filled = [str(next(names if mark[0] == _NAME_MARK else boxes, mark[0])) for mark in marks]
    words = iter(filled)
    grown = [(mark.end(), len(new) - len(mark[0])) for mark, new in zip(marks, filled, strict=True)]
    offsets = tuple(offset + sum(more for end, more in grown if end <= offset) for offset in message.offsets)
    return replace(message, text=_MARK.sub(lambda _: next(words), text), offsets=offsets)


def regions_of_objects(objects: MarkedObjects) -> tuple[Region, ...]:
    """The boxes of four numbers."""
    return regions_of([*objects.boxes])


def write_objects(regions: Sequence[Region]) -> Row:
    """The field `objects` of a row that is written anew, whose texts name its boxes already; none without boxes."""
    return {"objects": {"ref": [], "bbox": [list(region.box) for region in regions]}} if regions else {}
