"""Mantis and other ShareGPT kin: `images` and a `conversation` of `role` and `content`; several images a turn."""

from __future__ import annotations

from vlitqa.formats.conversation import ASKER, dialogue_of, messages_of
from vlitqa.formats.fields import id_of, image_names, images_of, notes_for
from vlitqa.formats.role_content import is_dialogue, read_messages
from vlitqa.records import Place, Record, Row

IMAGE_LIST = "image_list"
"""The field of a message that makes a row TextBind's."""


class Mantis:
    """Rows of `id`, `images` and a `conversation` with `<image>` marks."""

    name = "mantis"

    def recognises(self, row: Row) -> bool:
        return is_dialogue(row, "conversation") and IMAGE_LIST not in row["conversation"][0]  # type: ignore[index]

    def read(self, row: Row, *, place: Place) -> Record:
        images = images_of(row.get("images"), "images", place)
        messages = [message for message, _ in read_messages(row, "conversation", place)]
        dialogue = dialogue_of(messages, len(images))
        return Record(
            turns=dialogue.turns,
            images=images,
            id=id_of(row, "id"),
            marks=dialogue.marks,
            system=dialogue.system,
            notes=notes_for(row.get("images"), field_is_list=True),
            place=place,
            source=row,
        )

    def write(self, record: Record) -> Row:
        if record.source is not None:
            return record.source
        turns = [
            {"role": "user" if role == ASKER else "assistant", "content": text}
            for role, text in messages_of(record.turns, record.images)
        ]
        system = [{"role": "system", "content": record.system}] if record.system is not None else []
        return {"id": record.id, "images": image_names(record.images), "conversation": system + turns}
