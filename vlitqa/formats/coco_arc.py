"""COCO_ARC, the review's own data: `img_ids`, `instruction_type` and `conversations` of `User` and `AI`."""

from __future__ import annotations

from msgspec.structs import replace

from vlitqa.formats.conversation import ANSWERER, ASKER, dialogue_of, record_of_dialogue
from vlitqa.formats.fields import image_names, images_of, list_of, missing_field, text_of
from vlitqa.formats.pairs import read_pairs, write_pairs
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
        pairs = list_of(row, "conversations", place)
        dialogue = dialogue_of([*read_pairs(pairs, "conversations", place)], len(images))
        task = text_of(row.get("instruction_type"), "instruction_type", place)
        record = record_of_dialogue(row, dialogue, images, place, needs_placeholders=False)
        return replace(record, task=task)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        names = image_names(record.images)
        return {
            "id": record.id,
            "img_ids": names[0] if len(names) == 1 else names,
            "instruction_type": record.task,
            "conversations": write_pairs(replace(record, system=None), _SPEAKERS),
        }
