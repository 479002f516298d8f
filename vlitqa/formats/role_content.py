"""Messages of `role` and `content`: the reading that OpenAI's, Mantis' and TextBind's rows share."""

from __future__ import annotations

from collections.abc import Iterator

from vlitqa.errors import RejectedRecord
from vlitqa.formats.conversation import ROLES, Message, unknown_role
from vlitqa.formats.fields import images_of, list_of, text_of, wrong_type
from vlitqa.records import ImageRef, Place, Row


def is_dialogue(row: Row, field: str) -> bool:
    """Whether the field holds messages of `role` and `content`."""
    turns = row.get(field)
    return (
        isinstance(turns, list)
        and bool(turns)
        and isinstance(turns[0], dict)
        and {"role", "content"} <= turns[0].keys()
    )


def read_messages(row: Row, field: str, place: Place, *, beside: str = "") -> Iterator[tuple[Message, list[ImageRef]]]:
    """Every message with the images that it carries in its parts or in its field `beside`."""
    for position, turn in enumerate(list_of(row, field, place)):
        where = f"{field}[{position}]"
        if not isinstance(turn, dict):
            raise wrong_type(where, "an object", turn, place)
        role = ROLES.get(speaker) if isinstance(speaker := turn.get("role"), str) else None
        if role is None:
            raise unknown_role(turn, "role", f"{where}.role", place)
        if "content" not in turn:
            raise RejectedRecord("missing_field", "the field is missing", field=f"{where}.content", line=place.line)
        text, images = _content(turn["content"], f"{where}.content", place)
        if beside:
            images += images_of(turn.get(beside), f"{where}.{beside}", place)
        yield (role, text, len(images)), images


def _content(value: object, where: str, place: Place) -> tuple[str | None, list[ImageRef]]:
    """A text, or parts of which some are images."""
    if not isinstance(value, list):
        return text_of(value, where, place), []
    texts: list[str] = []
    images: list[ImageRef] = []
    for position, part in enumerate(value):
        if isinstance(part, str):
            texts.append(part)
        elif not isinstance(part, dict):
            raise wrong_type(f"{where}[{position}]", "an object", part, place)
        elif part.get("type") == "text":
            texts.append(text_of(part.get("text"), f"{where}[{position}].text", place) or "")
        elif part.get("type") in ("image", "image_url", "input_image"):
            images.extend(_image(part, f"{where}[{position}]", place))
        else:
            said = f"{part.get('type')!r} is neither text nor image"
            raise RejectedRecord("unknown_part", said, field=f"{where}[{position}].type", line=place.line)
    return "\n".join(texts), images


def _image(part: dict[str, object], where: str, place: Place) -> tuple[ImageRef, ...]:
    """The image of a part; a part that only says `image` stands for one that the row names elsewhere."""
    named = any(value is not None for key, value in part.items() if key != "type")
    return images_of(part, where, place) if named else (ImageRef(),)
