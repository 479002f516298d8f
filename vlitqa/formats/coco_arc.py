"""COCO_ARC, the review's own data: `img_ids`, `instruction_type` and `conversations` of `User` and `AI`."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from vlitqa.errors import RejectedRecord
from vlitqa.formats.conversation import ANSWERER, ASKER, ROLES, DialogueMessage, dialogue_of, messages_of
from vlitqa.formats.fields import (
    id_of,
    image_names,
    images_of,
    list_of,
    missing_field,
    text_of,
    with_placeholders,
    wrong_type,
)
from vlitqa.records import Place, Record, Row

_SPEAKERS = {ASKER: "User", ANSWERER: "AI"}


class CocoArc:
    """Rows of one image and its dialogue, labelled `global`, `negative` or `region`."""

    name = "coco_arc"

    def recognises(self, row: Row) -> bool:
        """True for a row with `img_ids` and a list of `conversations`."""
        return "img_ids" in row and isinstance(row.get("conversations"), list)

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        if "img_ids" not in row:
            raise missing_field("img_ids", place)
        images = images_of(row["img_ids"], "img_ids", place)
        dialogue = dialogue_of(_read_messages(row, place), len(images))
        return Record(
            turns=dialogue.turns,
            images=images,
            id=id_of(row, "id"),
            placeholders=dialogue.placeholders or None,
            task=text_of(row.get("instruction_type"), "instruction_type", place),
            place=place,
            source=row,
        )

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        names = image_names(record.images)
        if not record.placeholders and not _has_images_inside(record):
            record = replace(record, placeholders=0)  # the images are those of the first instruction anyway
        turns = [_write_turn(replace(record, turns=(turn,), system=None)) for turn in record.turns]
        return {
            "id": record.id,
            "img_ids": names[0] if len(names) == 1 else names,
            "instruction_type": record.task,
            "conversations": turns,
        }


def _has_images_inside(record: Record) -> bool:
    """True if an image stands elsewhere than before the first instruction."""
    return any(
        turn.response_images or turn.instruction_offsets or (turn.instruction_images and position)
        for position, turn in enumerate(record.turns)
    )


def _write_turn(single: Record) -> Row:
    return {
        _SPEAKERS[message.role]: with_placeholders(message.text or "", message.offsets)
        for message in messages_of(single)
    }


def _read_messages(row: Row, place: Place) -> Iterator[DialogueMessage]:
    for position, turn in enumerate(list_of(row, "conversations", place)):
        where = f"conversations[{position}]"
        if not isinstance(turn, dict):
            raise wrong_type(where, "an object", turn, place)
        keys = {ROLES[key]: key for key in turn if key in ROLES}
        if not {ASKER, ANSWERER} & keys.keys():
            raise RejectedRecord("unknown_role", "neither User nor AI speaks", field=where, line=place.line)
        for role in (ASKER, ANSWERER):  # whatever their order in the row
            if role in keys:
                key = keys[role]
                yield DialogueMessage(role, text_of(turn[key], f"{where}.{key}", place))
