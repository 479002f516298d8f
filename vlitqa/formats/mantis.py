"""Mantis, MiniCPM-V and other ShareGPT kin: images and a `conversation` of `role` and `content`."""

from __future__ import annotations

from vlitqa.formats.fields import image_names, list_of
from vlitqa.formats.openai_messages import record_of_messages
from vlitqa.formats.role_content import is_dialogue, read_messages, write_dialogue
from vlitqa.records import Place, Record, Row

IMAGE_LIST = "image_list"
"""The field of a message that makes a row TextBind's."""
_FIELDS = ("conversation", "conversations")


def lists_images(row: Row, field: str) -> bool:
    """True if a message of a dialogue carries a list of images."""
    messages = row[field]
    return isinstance(messages, list) and any(
        isinstance(message, dict) and IMAGE_LIST in message for message in messages
    )


class Mantis:
    """Rows of `id`, `images` and a `conversation` with `<image>` marks."""

    name = "mantis"

    def recognises(self, row: Row) -> bool:
        """True for a conversation none of whose messages carries a list of images."""
        return any(is_dialogue(row, field) and not lists_images(row, field) for field in _FIELDS)

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        field = next((field for field in _FIELDS if field in row), _FIELDS[0])
        return record_of_messages(row, read_messages(list_of(row, field, place), field, place), place)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        return {"id": record.id, "images": image_names(record.images), "conversation": write_dialogue(record)}
