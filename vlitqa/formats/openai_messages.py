"""OpenAI messages: `messages` of `role` and `content`, a text with marks and `images` beside it, or typed parts."""

from __future__ import annotations

from vlitqa.formats.conversation import ASKER, Message, dialogue_of, messages_of
from vlitqa.formats.fields import id_of, image_names, images_of, notes_for
from vlitqa.formats.role_content import is_dialogue, read_messages
from vlitqa.records import ImageRef, Place, Record, Row


class OpenAIMessages:
    """Rows of `messages`, with `images` beside them or image parts inside."""

    name = "openai-messages"

    def recognises(self, row: Row) -> bool:
        return is_dialogue(row, "messages")

    def read(self, row: Row, *, place: Place) -> Record:
        beside = images_of(row.get("images"), "images", place)
        messages: list[Message] = []
        parts: list[ImageRef] = []
        for message, carried in read_messages(row, "messages", place):
            messages.append(message)
            parts.extend(carried)
        named = any(ref != _UNNAMED for ref in parts)
        images = _merged(parts, beside) if named else beside
        dialogue = dialogue_of(messages, len(images))
        return Record(
            turns=dialogue.turns,
            images=images,
            id=id_of(row, "id"),
            marks=None if named else len(parts) or dialogue.marks,
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
        return {"id": record.id, "messages": system + turns, "images": image_names(record.images)}


_UNNAMED = ImageRef()
"""A part that only says `image`."""


def _merged(parts: list[ImageRef], beside: tuple[ImageRef, ...]) -> tuple[ImageRef, ...]:
    """Parts that only say `image` take the images that stand beside the messages, in order."""
    waiting = iter(beside)
    return tuple(ref if ref != _UNNAMED else next(waiting, ref) for ref in parts)
