"""OpenAI's and Anthropic's messages: `messages` of `role` and `content`, a text with `images` beside it or parts."""

from __future__ import annotations

from collections.abc import Sequence

from vlitqa.formats.conversation import SYSTEM, DialogueMessage, dialogue_of
from vlitqa.formats.fields import id_of, image_names, images_of, list_of, notes_on_images
from vlitqa.formats.message_parts import read_content
from vlitqa.formats.objects import fill_marks, marked_objects, regions_of_objects, write_objects
from vlitqa.formats.rejected_responses import read_rejected
from vlitqa.formats.role_content import IllustratedMessages, is_dialogue, read_messages, write_dialogue
from vlitqa.records import ImageRef, Place, Record, Row

_UNNAMED = ImageRef()
"""A part that only says `image`."""
_REJECTED = ("rejected_response", "rejected_messages", "rejected")
"""Fields of ms-swift and LLaMA-Factory for a response that is worse than the last one."""


class OpenAIMessages:
    """Rows of `messages`, with `images` beside them or image parts inside, and perhaps a `system` text."""

    name = "openai-messages"

    def recognises(self, row: Row) -> bool:
        """True for a row with `messages` of `role` and `content`."""
        return is_dialogue(row, "messages")

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        chosen = [] if row.get("chosen") is None else [row["chosen"]]  # as LLaMA-Factory writes preferences
        illustrated = read_messages([*list_of(row, "messages", place), *chosen], "messages", place)
        return record_of_messages(row, illustrated, place, rejected=read_rejected(row, _REJECTED, place))

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        rejected = {} if record.rejected is None else {_REJECTED[0]: record.rejected}
        return {
            "id": record.id,
            "messages": write_dialogue(record),
            "images": image_names(record.images),
            **write_objects(record.regions),
            **rejected,
        }


def record_of_messages(
    row: Row, illustrated: IllustratedMessages, place: Place, *, system: object = None, rejected: str | None = None
) -> Record:
    """The record of messages and of what stands beside them in a row: images, and objects with boxes.

    The system's text may be one or parts; by default it is that of the row.
    """
    field = "images" if row.get("images") or not row.get("image") else "image"
    listed = images_of(row.get(field), field, place)
    objects = marked_objects(row.get("objects"))
    messages = fill_marks(_with_system(system or row.get("system"), illustrated.messages, place), objects)
    parts = illustrated.images
    has_named_parts = any(ref != _UNNAMED for ref in parts)
    images = _name_parts(parts, listed) if has_named_parts else listed
    dialogue = dialogue_of(messages, len(images))
    return Record(
        turns=dialogue.turns,
        images=images,
        id=id_of(row, "id", "custom_id", "key"),
        placeholders=None if has_named_parts else len(parts) or dialogue.placeholders,
        system=dialogue.system,
        regions=regions_of_objects(objects),
        rejected=rejected,
        notes=notes_on_images(row.get("images")),
        place=place,
        source=row,
    )


def _with_system(system: object, messages: list[DialogueMessage], place: Place) -> list[DialogueMessage]:
    """The messages behind a text of the system, where there is one."""
    if not system:
        return messages
    return [DialogueMessage(SYSTEM, read_content(system, "system", place)[0]), *messages]


def _name_parts(parts: Sequence[ImageRef], listed: tuple[ImageRef, ...]) -> tuple[ImageRef, ...]:
    """Gives parts that only say `image` the images that are listed beside the messages, in order."""
    remaining = iter(listed)
    return tuple(ref if ref != _UNNAMED else next(remaining, ref) for ref in parts)
