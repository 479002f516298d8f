"""The parts of a message as OpenAI, Anthropic, Gemini and Qwen write them: texts, images, reasoning, calls of tools."""

from __future__ import annotations

from itertools import accumulate

import msgspec

from vlitqa.errors import RejectedRecord
from vlitqa.formats.fields import images_of, text_of, wrong_type
from vlitqa.records import ImageRef, Place

_TEXTS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}
"""By its type, the field of a part that holds a text."""
_IMAGES = frozenset(("image", "image_url", "input_image", "inline_data", "file_data"))
_UNTYPED = {
    "text": "text",
    "image": "image",
    "image_url": "image_url",
    "inlineData": "inline_data",
    "inline_data": "inline_data",
    "fileData": "file_data",
    "file_data": "file_data",
    "functionCall": "call",
    "function_call": "call",
    "functionResponse": "result",
    "function_response": "result",
}
"""By a field that it has, the type of a part that does not say its own."""


def read_content(value: object, where: str, place: Place) -> tuple[str | None, list[ImageRef], list[int]]:
    """Reads a text, or parts of which some are images; each image stands behind the texts before it."""
    if not isinstance(value, list):
        return text_of(value, where, place), [], []
    texts: list[str] = []
    images: list[ImageRef] = []
    texts_before: list[int] = []  # of each image
    for position, part in enumerate(value):
        text, pictures = _read_part(part, f"{where}[{position}]", place)
        if text is not None:
            texts.append(text)
        images.extend(pictures)
        texts_before += [len(texts)] * len(pictures)
    ends = list(accumulate((len(text) + 1 for text in texts), initial=-1))  # with the line feeds that join them
    return "\n".join(texts), images, [max(ends[count], 0) for count in texts_before]


def _read_part(part: object, where: str, place: Place) -> tuple[str | None, tuple[ImageRef, ...]]:
    """The text of a part, or its images; raises RejectedRecord for a part that is neither."""
    if isinstance(part, str):
        return part, ()
    if not isinstance(part, dict):
        raise wrong_type(where, "an object", part, place)
    kind = part.get("type") or next((kind for field, kind in _UNTYPED.items() if field in part), None)
    if kind in _TEXTS:
        field = _TEXTS[kind]
        return text_of(part.get(field), f"{where}.{field}", place) or "", ()
    if kind in _IMAGES:
        return None, _read_image(part, where, place)
    if kind == "thinking":
        return f"<think>{text_of(part.get('thinking'), f'{where}.thinking', place) or ''}</think>", ()
    if kind == "tool_use":
        return write_json({name: part.get(name) for name in ("name", "input")}), ()
    if kind == "tool_result" and not isinstance(part.get("content"), list):
        return text_of(part.get("content"), f"{where}.content", place) or "", ()
    if kind in ("call", "result"):
        return write_json(part), ()
    raise RejectedRecord("unknown_part", f"{kind!r} is neither text nor image", field=f"{where}.type", line=place.line)


def write_json(value: object) -> str:
    """A call of a tool, or what it gave, as a text."""
    return msgspec.json.encode(value).decode()


def _read_image(part: dict[str, object], where: str, place: Place) -> tuple[ImageRef, ...]:
    """Reads the image of a part; a part that only says `image` stands for one that the row names elsewhere."""
    is_named = any(value is not None for key, value in part.items() if key != "type")
    return images_of(part, where, place) if is_named else (ImageRef(),)
