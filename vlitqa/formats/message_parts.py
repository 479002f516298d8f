"""The parts of a message as OpenAI, Anthropic, Gemini and Qwen write them: texts, images, reasoning, calls of tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate

from vlitqa.errors import RejectedRecord
from vlitqa.formats.fields import images_of, required_text, text_of, wrong_type
from vlitqa.formats.recordings import mark_recording, pictures_of_video
from vlitqa.records import AUDIO, VIDEO, ImageRef, Place, Row

_TEXTS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}
"""By its type, the field of a part that holds a text."""
_IMAGES = ("image", "image_url", "input_image")
_RECORDINGS = {
    **dict.fromkeys(("video", "video_url", "input_video"), VIDEO),
    **dict.fromkeys(("audio", "audio_url", "input_audio"), AUDIO),
}
"""By the type of a part the kind of its recording."""
_UNTYPED_IMAGES = ("image", "image_url", "inlineData", "inline_data", "fileData", "file_data")
_BESIDE_IMAGE = frozenset(("type", "text", "index", "detail", "cache_control"))
"""Fields of the part of an image that do not name it."""
_CALLS = ("functionCall", "function_call", "functionResponse", "function_response")
"""Fields of parts that do not say their type: Qwen's and Gemini's."""


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


def _read_part(part: object, where: str, place: Place) -> tuple[str | None, Sequence[ImageRef]]:
    """The text of a part, its images, or both; raises RejectedRecord for a part that has neither."""
    if isinstance(part, str):
        return part, ()
    if not isinstance(part, dict):
        raise wrong_type(where, "an object", part, place)
    kind = part.get("type")
    if kind is None:
        return _read_untyped(part, where, place)
    field = _TEXTS.get(kind) if isinstance(kind, str) else None
    if field:
        return required_text(part, field, place, within=f"{where}.") or "", ()
    if kind in _IMAGES:
        return None, _read_image(part, where, place)
    if isinstance(kind, str) and kind in _RECORDINGS:
        return _read_recording(part, kind, where, place)
    if kind == "thinking":
        return f"<think>{required_text(part, 'thinking', place, within=f'{where}.') or ''}</think>", ()
    if kind == "tool_use":
        return write_json({name: part.get(name) for name in ("name", "input")}), ()
    if kind == "tool_result":
        text, images, _ = read_content(part.get("content"), f"{where}.content", place)
        return text or "", images
    if kind == "redacted_thinking":
        return None, ()
    raise _unknown_part(kind, where, place)


def _read_untyped(part: Row, where: str, place: Place) -> tuple[str | None, Sequence[ImageRef]]:
    """A part that says by its fields what it is; those of others may be there and null."""
    if any(part.get(field) is not None for field in _CALLS):
        return write_json({field: part[field] for field in _CALLS if field in part}), ()
    named = {field: part[field] for field in _UNTYPED_IMAGES if part.get(field) is not None}
    if not named and "text" not in part:
        raise _unknown_part(None, where, place)
    holder: Row = next((data for data in named.values() if isinstance(data, dict)), {})
    content_type = holder.get("mimeType") or holder.get("mime_type")
    if isinstance(content_type, str) and not content_type.startswith("image/"):
        if (kind := content_type.partition("/")[0]) not in (VIDEO, AUDIO):
            raise _unknown_part(content_type, where, place)
        text = text_of(part.get("text"), f"{where}.text", place)
        mark = mark_recording(kind, holder)
        return f"{mark}\n{text}" if text else mark, ()
    text = text_of(part.get("text"), f"{where}.text", place)
    return (text if text is not None or named else ""), images_of(dict(named), where, place) if named else ()


def _read_recording(part: Row, kind: str, where: str, place: Place) -> tuple[str | None, Sequence[ImageRef]]:
    """A video or a sound: its mark in the text, or the pictures that are given for a video."""
    what = _RECORDINGS[kind]
    value = next((part[field] for field in (kind, what, f"{what}_url", "url", "path") if part.get(field)), None)
    pictures = pictures_of_video(value, f"{where}.{kind}", place) if what == VIDEO else ()
    return (None, pictures) if pictures else (mark_recording(what, value), ())


def _unknown_part(kind: object, where: str, place: Place) -> RejectedRecord:
    reason = f"{kind!r:.80} is neither text nor image"
    return RejectedRecord("unknown_part", reason, field=f"{where}.type", line=place.line)


def write_json(value: object) -> str:
    """A call of a tool, or what it gave, as a text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _read_image(part: dict[str, object], where: str, place: Place) -> tuple[ImageRef, ...]:
    """Reads the image of a part; a part that only says `image` stands for one that the row names elsewhere."""
    named = {key: value for key, value in part.items() if key not in _BESIDE_IMAGE and value is not None}
    return images_of(named, where, place) if named else (ImageRef(),)
