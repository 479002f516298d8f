"""Messages of `role` and `content`: the reading that OpenAI's, Mantis' and TextBind's rows share."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from vlitqa.formats.conversation import ANSWERER, ASKER, ROLES, SYSTEM, DialogueMessage, messages_of, unknown_role
from vlitqa.formats.fields import images_of, missing_field, with_placeholders, wrong_type
from vlitqa.formats.message_parts import read_content, write_json
from vlitqa.records import ImageRef, Place, Record, Row

SPEAKERS = {ASKER: "user", ANSWERER: "assistant", SYSTEM: "system"}


class IllustratedMessages(Struct, frozen=True):
    """Messages, and the images that they carry, in order."""

    messages: list[DialogueMessage]
    images: list[ImageRef]


def is_dialogue(row: Row, field: str) -> bool:
    """True if the field holds messages of `role` and `content`."""
    messages = row.get(field)
    return (
        isinstance(messages, list)
        and bool(messages)
        and isinstance(messages[0], dict)
        and {"role", "content"} <= messages[0].keys()
    )


class MessageFields(Struct, frozen=True):
    """The fields of a message beside its role."""

    content: str = "content"
    """A text, or parts."""
    images: str = ""
    """Images that are listed in the message; empty for a format without."""
    captions: str = ""
    """A text for each of these images, in their order."""


_USUAL_FIELDS = MessageFields(images="images")
_BESIDE_CONTENT = ("reasoning_content", "refusal", "tool_calls", "function_call")
"""Fields in which an answer goes on, or begins."""


def read_messages(
    listed: Sequence[object], field: str, place: Place, names: MessageFields = _USUAL_FIELDS
) -> IllustratedMessages:
    """Reads every message of a field with its images; raises RejectedRecord."""
    messages: list[DialogueMessage] = []
    carried: list[ImageRef] = []
    for position, message in enumerate(listed):
        where = f"{field}[{position}]"
        if not isinstance(message, dict):
            raise wrong_type(where, "an object", message, place)
        role = ROLES.get(speaker) if isinstance(speaker := message.get("role"), str) else None
        if role is None:
            raise unknown_role(message, "role", f"{where}.role", place)
        beside = {field: message[field] for field in _BESIDE_CONTENT if message.get(field)}
        if names.content not in message and not beside:
            raise missing_field(f"{where}.{names.content}", place)
        text, images, offsets = read_content(message.get(names.content), f"{where}.{names.content}", place)
        if beside:
            text = _joined(text, beside)
        if names.images:
            listed_here = images_of(message.get(names.images), f"{where}.{names.images}", place)
            images += _captioned(listed_here, message.get(names.captions))
            offsets += offsets[-1:] * len(listed_here) or [0] * len(listed_here)
        messages.append(DialogueMessage(role, text, tuple(offsets)))
        carried.extend(images)
    return IllustratedMessages(messages, carried)


def _joined(text: str | None, beside: Row) -> str:
    """The text of an answer behind its reasoning, and before its refusal and its calls of tools."""
    thought = f"<think>{beside['reasoning_content']}</think>" if "reasoning_content" in beside else None
    calls = (write_json(beside[field]) for field in ("tool_calls", "function_call") if field in beside)
    refusal = str(beside["refusal"]) if "refusal" in beside else None
    return "\n".join(filter(None, (thought, text, refusal, *calls)))


def _captioned(images: Sequence[ImageRef], captions: object) -> list[ImageRef]:
    """The images with their captions; without any where there is not one text for each."""
    if not isinstance(captions, list) or len(captions) != len(images):
        return list(images)
    return [
        replace(image, caption=caption) if isinstance(caption, str) else image
        for image, caption in zip(images, captions, strict=True)
    ]


def write_dialogue(record: Record) -> list[Row]:
    """Writes the system's text and the turns of a record as messages; their images are named elsewhere in the row."""
    return [
        {"role": SPEAKERS[message.role], "content": write_content(message, [{"type": "image"}] * len(message.offsets))}
        for message in messages_of(record)
    ]


def write_content(message: DialogueMessage, pictures: Sequence[Row]) -> str | list[Row]:
    """A text with placeholders; or parts, of which the pictures are some, where its outer space would be lost."""
    text, offsets = message.text or "", message.offsets
    joints = {0, len(text), *(place for place, letter in enumerate(text) if letter == "\n")}
    if not offsets or text == text.strip() or not joints.issuperset(offsets):
        return with_placeholders(text, offsets)
    parts: list[Row] = []
    begin = end = 0
    for offset, picture in zip(offsets, pictures, strict=True):
        if offset > end:  # the line feed at the offset is the one that joins the parts
            parts.append({"type": "text", "text": text[begin:offset]})
            begin, end = offset + 1, offset
        parts.append(picture)
    return parts if end == len(text) else [*parts, {"type": "text", "text": text[begin:]}]
