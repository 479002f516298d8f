"""Mantis and other ShareGPT kin: `images` and a `conversation` of `role` and `content`; several images a turn."""

from __future__ import annotations

from vlitqa.formats.conversation import dialogue_of
from vlitqa.formats.fields import id_of, image_names, images_of, list_of, notes_on_images
from vlitqa.formats.role_content import is_dialogue, read_messages, write_dialogue
from vlitqa.records import Place, Record, Row

IMAGE_LIST = "image_list"
"""The field of a message that makes a row TextBind's."""


class Mantis:
    """Rows of `id`, `images` and a `conversation` with `<image>` marks."""

    name = "mantis"

    def recognises(self, row: Row) -> bool:
        """True for a `conversation` whose first message carries no list of images."""
        return is_dialogue(row, "conversation") and IMAGE_LIST not in row["conversation"][0]  # type: ignore[index]

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        images = images_of(row.get("images"), "images", place)
        illustrated = read_messages(list_of(row, "conversation", place), "conversation", place)
        dialogue = dialogue_of(illustrated.messages, len(images))
        return Record(
            turns=dialogue.turns,
            images=images,
            id=id_of(row, "id"),
            placeholders=dialogue.placeholders,
            system=dialogue.system,
            notes=notes_on_images(row.get("images")),
            place=place,
            source=row,
        )

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        return {
            "id": record.id,
            "images": image_names(record.images),
            "conversation": write_dialogue(record),
        }
