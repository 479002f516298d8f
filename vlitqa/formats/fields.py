"""Takes typed values out of a row, and names the field that is wrong."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise

from vlitqa.errors import RejectedRecord
from vlitqa.records import ImageRef, Place, Region, Row

PLACEHOLDER = re.compile(r"<image>|<IMG_CONTEXT>|<ImageHere>|<img\d+>(?:[^<]*</img\d+>)?")
"""The words of a text that stand for an image: LLaVA, InternVL, XComposer, TextBind."""
_NAMES_OF_IMAGES = ("image", "path", "url", "image_url", "file_name", "fileUri", "file_uri")
"""Fields of an object that names an image, or holds another object that does: OpenAI's and Gemini's."""
_HOLDERS_OF_IMAGES = ("source", "inlineData", "inline_data", "fileData", "file_data")
"""Fields that hold such an object, and otherwise no image: Anthropic's and Gemini's."""
_STRING_FOR_LIST = "string_for_list"


def text_of(value: object, field: str, place: Place) -> str | None:
    """A text; None stays None, a number is written out, anything else is the wrong type."""
    if type(value) is str or value is None:
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise wrong_type(field, "a text", value, place)


def required_text(row: Row, field: str, place: Place, *, within: str = "") -> str | None:
    """The text of a field that must be there, though it may be null."""
    if field not in row:
        raise missing_field(within + field, place)
    return text_of(row[field], within + field, place)


def id_of(row: Row, *names: str) -> str:
    """The first id that the row has, as text."""
    for name in names:
        value = row.get(name)
        if isinstance(value, float) and value.is_integer():
            return str(int(value))  # a column of numbers in which some are missing
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return str(value)
    return ""


def list_of(row: Row, field: str, place: Place, *, within: str = "") -> list[object]:
    """A list that must be there."""
    value = row.get(field)
    if isinstance(value, list):
        return value
    if field not in row:
        raise missing_field(within + field, place)
    raise wrong_type(within + field, "a list", value, place)


def most_frequent(answers: list[object], field: str, place: Place) -> str | None:
    """The text that most of the answers give, the first of several; each is a text, or an object with an `answer`."""
    texts = [
        required_text(answer, "answer", place, within=f"{field}[{position}].")
        if isinstance(answer, dict)
        else text_of(answer, f"{field}[{position}]", place)
        for position, answer in enumerate(answers)
    ]
    given = [text for text in texts if text is not None]
    return Counter(given).most_common(1)[0][0] if given else None


def images_of(value: object, field: str, place: Place) -> tuple[ImageRef, ...]:
    """The images of a field: a name, bytes, an object with one of them, or a list of these."""
    if value is None or value == "":
        return ()
    if type(value) is str:
        return (_from_name(value, field, place),)
    if isinstance(value, list):
        return tuple(
            ref for position, item in enumerate(value) for ref in images_of(item, f"{field}[{position}]", place)
        )
    if isinstance(value, bytes):
        return (ImageRef(data=value),)
    if isinstance(value, dict):
        return (_from_object(value, field, place),)
    if isinstance(value, int) and not isinstance(value, bool):
        return (ImageRef(str(value)),)
    raise wrong_type(field, "an image name or a list of them", value, place)


def base64_images(value: object, field: str, place: Place) -> tuple[ImageRef, ...]:
    """Images written as base64 texts, alone or in a list."""
    texts = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(ImageRef(data=decode_base64(text, f"{field}[{i}]", place)) for i, text in enumerate(texts))


def decode_base64(value: object, field: str, place: Place) -> bytes:
    """The bytes of a base64 text; raises RejectedRecord for anything else."""
    if not isinstance(value, str):
        raise wrong_type(field, "a base64 text", value, place)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise RejectedRecord("bad_base64", "the text is no base64", field=field, line=place.line) from None


def regions_of(value: object) -> tuple[Region, ...]:
    """Boxes written as four numbers, in a list or in a text; anything else names no box."""
    boxes = value if isinstance(value, list) else [value]
    return tuple(region for box in boxes if (region := _region(box)) is not None)


def notes_on_images(value: object) -> tuple[str, ...]:
    """Notes that a text stands where a list of images belongs."""
    return (_STRING_FOR_LIST,) if isinstance(value, str) else ()


def strip_placeholders(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without the placeholders of images and the space around it, and where in it each of them stood."""
    if "<" not in text:
        return text, ()
    pieces = PLACEHOLDER.split(text)
    if len(pieces) == 1:
        return text, ()
    if len(pieces) == 2 and not pieces[0]:  # almost every row with an image begins with it
        return pieces[1].strip(), (0,)
    whole = "".join(pieces)
    clean = whole.strip()
    indent = len(whole) - len(whole.lstrip())
    ends = accumulate(map(len, pieces[:-1]))
    return clean, tuple([min(max(end - indent, 0), len(clean)) for end in ends])


def with_placeholders(text: str, offsets: Sequence[int], placeholder: str = "<image>") -> str:
    """The text with a placeholder at each offset: strip_placeholders gives both back, less the space around the text.

    Placeholders before the text get a line of their own, and those behind it a space.
    """
    offsets = sorted([min(offset, len(text)) for offset in offsets])
    before = offsets.count(0)
    behind = offsets.count(len(text)) if text else 0
    cuts = [0, *offsets[before : len(offsets) - behind], len(text)]
    body = placeholder.join([text[begin:end] for begin, end in pairwise(cuts)])
    return (f"{placeholder * before}\n" if before else "") + body + (f" {placeholder * behind}" if behind else "")


def offsets_inside(offsets: tuple[int, ...]) -> tuple[int, ...]:
    """The offsets as a turn holds them: none where all images stand before the text."""
    return offsets if any(offsets) else ()


def image_names(images: Sequence[ImageRef]) -> list[str]:
    """The images of a row that is built anew: a name each, or the bytes themselves as a data: address."""
    return [ref.name if ref.name or ref.data is None else "data:;base64," + encode_base64(ref.data) for ref in images]


def encode_base64(data: bytes) -> str:
    """The bytes as a base64 text."""
    return base64.b64encode(data).decode()


def missing_field(field: str, place: Place) -> RejectedRecord:
    """The reject of a row without a field that must be there."""
    return RejectedRecord("missing_field", "the field is missing", field=field, line=place.line)


def wrong_type(field: str, expected: str, value: object, place: Place) -> RejectedRecord:
    """The reject of a row with a value of another type than expected."""
    type_names = {
        "dict": "an object",
        "list": "a list",
        "str": "a text",
        "bool": "true or false",
        "NoneType": "null",
        "bytes": "bytes",
    }
    actual = type_names.get(type(value).__name__, "a number")
    return RejectedRecord("wrong_type", f"expected {expected}, found {actual}", field=field, line=place.line)


def _from_name(value: str, field: str, place: Place) -> ImageRef:
    if value.startswith("data:"):
        head, comma, body = value.partition(",")
        if comma and head.endswith(";base64"):
            return ImageRef(data=decode_base64(body, field, place))
        raise RejectedRecord("bad_base64", "a data: address must be base64", field=field, line=place.line)
    return ImageRef(value)


def _from_object(value: dict[str, object], field: str, place: Place) -> ImageRef:
    """An image as Hugging Face datasets, OpenAI messages or Mantis write it."""
    if isinstance(value.get("bytes"), bytes):
        return ImageRef(name=str(value.get("path") or ""), data=value["bytes"])  # type: ignore[arg-type]
    if isinstance(data := value.get("data"), str):
        return ImageRef(data=decode_base64(data, f"{field}.data", place))
    for key in _NAMES_OF_IMAGES:
        inner = value.get(key)
        if isinstance(inner, str):
            return _from_name(inner, f"{field}.{key}", place)
        if isinstance(inner, dict):
            return _from_object(inner, f"{field}.{key}", place)
        if isinstance(inner, bytes):
            return ImageRef(data=inner)
    for key in _HOLDERS_OF_IMAGES:
        if isinstance(inner := value.get(key), dict):
            return _from_object(inner, f"{field}.{key}", place)
    raise RejectedRecord("missing_field", "the object names no image", field=field, line=place.line)


def _region(value: object) -> Region | None:
    numbers = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(numbers, list) or len(numbers) != 4:
        return None
    try:
        left, top, right, bottom = (float(number) for number in numbers)
    except (TypeError, ValueError, OverflowError):
        return None
    return Region((left, top, right, bottom))
