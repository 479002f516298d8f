"""Messages of `role` and `content`: the reading that OpenAI's, Mantis' and TextBind's rows share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from vlitqa.errors import RejectedRecord
from vlitqa.formats.conversation import ANSWERER, ASKER, ROLES, SYSTEM, DialogueMessage, messages_of, unknown_role
from vlitqa.formats.fields import images_of, list_of, missing_field, text_of, with_placeholders, wrong_type
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


def read_messages(
    row: Row, field: str, place: Place, *, image_field: str = "", caption_field: str = ""
) -> IllustratedMessages:
    """Reads every message with the images in its parts and in its `image_field`; raises RejectedRecord.

    Captions stand in the `caption_field`, in the order of the images in the `image_field`.
    """
    messages: list[DialogueMessage] = []
    carried: list[ImageRef] = []
    for position, message in enumerate(list_of(row, field, place)):
        where = f"{field}[{position}]"
        if not isinstance(message, dict):
            raise wrong_type(where, "an object", message, place)
        role = ROLES.get(speaker) if isinstance(speaker := message.get("role"), str) else None
        if role is None:
            raise unknown_role(message, "role", f"{where}.role", place)
        if "content" not in message:
            raise missing_field(f"{where}.content", place)
        text, images, offsets = _read_content(message["content"], f"{where}.content", place)
        if image_field:
            beside = images_of(message.get(image_field), f"{where}.{image_field}", place)
            images += _captioned(beside, message.get(caption_field))
            offsets += offsets[-1:] * len(beside) or [0] * len(beside)
        messages.append(DialogueMessage(role, text, tuple(offsets)))
        carried.extend(images)
    return IllustratedMessages(messages, carried)


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


def _read_content(value: object, where: str, place: Place) -> tuple[str | None, list[ImageRef], list[int]]:
    """Reads a text, or parts of which some are images; each image stands behind the texts before it."""
    if not isinstance(value, list):
        return text_of(value, where, place), [], []
    texts: list[str] = []
    images: list[ImageRef] = []
    texts_before: list[int] = []  # of each image
    for position, part in enumerate(value):
        if isinstance(part, str):
            texts.append(part)
        elif not isinstance(part, dict):
            raise wrong_type(f"{where}[{position}]", "an object", part, place)
        elif part.get("type") == "text":
            texts.append(text_of(part.get("text"), f"{where}[{position}].text", place) or "")
        elif part.get("type") in ("image", "image_url", "input_image"):
            pictures = _read_image(part, f"{where}[{position}]", place)
            images.extend(pictures)
            texts_before += [len(texts)] * len(pictures)
        else:
            reason = f"{part.get('type')!r} is neither text nor image"
            raise RejectedRecord("unknown_part", reason, field=f"{where}[{position}].type", line=place.line)
    ends = list(accumulate((len(text) + 1 for text in texts), initial=-1))  # with the line feeds that join them
    return "\n".join(texts), images, [max(ends[count], 0) for count in texts_before]


def _read_image(part: dict[str, object], where: str, place: Place) -> tuple[ImageRef, ...]:
    """Reads the image of a part; a part that only says `image` stands for one that the row names elsewhere."""
    is_named = any(value is not None for key, value in part.items() if key != "type")
    return images_of(part, where, place) if is_named else (ImageRef(),)
