"""OpenAI messages: `messages` of `role` and `content`, a text with `images` beside it or typed parts."""

from __future__ import annotations

from vlitqa.formats.conversation import dialogue_of
from vlitqa.formats.fields import id_of, image_names, images_of, notes_on_images
from vlitqa.formats.role_content import is_dialogue, read_messages, write_dialogue
from vlitqa.records import ImageRef, Place, Record, Row

_UNNAMED = ImageRef()
"""A part that only says `image`."""


class OpenAIMessages:
    """Rows of `messages`, with `images` beside them or image parts inside."""

    name = "openai-messages"

    def recognises(self, row: Row) -> bool:
        """True for a row with `messages` of `role` and `content`."""
        return is_dialogue(row, "messages")

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        listed = images_of(row.get("images"), "images", place)
        illustrated = read_messages(row, "messages", place)
        parts = illustrated.images
        has_named_parts = any(ref != _UNNAMED for ref in parts)
        images = _name_parts(parts, listed) if has_named_parts else listed
        dialogue = dialogue_of(illustrated.messages, len(images))
        return Record(
            turns=dialogue.turns,
            images=images,
            id=id_of(row, "id"),
            placeholders=None if has_named_parts else len(parts) or dialogue.placeholders,
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
            "messages": write_dialogue(record),
            "images": image_names(record.images),
        }


def _name_parts(parts: list[ImageRef], listed: tuple[ImageRef, ...]) -> tuple[ImageRef, ...]:
    """Gives parts that only say `image` the images that are listed beside the messages, in order."""
    remaining = iter(listed)
    return tuple(ref if ref != _UNNAMED else next(remaining, ref) for ref in parts)
