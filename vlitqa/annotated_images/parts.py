"""What one file says of images, before images of several files are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from vlitqa.annotated_images.image import AnnotatedImage, Box
from vlitqa.errors import DatasetError

_Content = TypeVar("_Content")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationFile:
    """A file of annotations as a recipe names it."""

    layout: str
    source: str
    """The name of the annotations in pages and ledgers."""
    path: Path
    questions: Path | None = None
    """The file of the questions, where one file holds questions and another one answers."""
    folder: str = ""
    """The folder of the images, below the folder of all images."""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class NumberedImage:
    """An image as a file tells of it; a file may know an image by its number alone."""

    number: str
    """Empty where images have no numbers."""
    image: AnnotatedImage
    """Its `file` is empty where the number alone is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationPart:
    """All images of one file."""

    images: Sequence[NumberedImage]
    object_names: tuple[str, ...] = ()
    """All object names that were looked for in each of its images; empty where they were not."""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The attributes of objects, by the number of the object's annotation."""
    embeds: bool = False
    """True for a file that holds its images."""


def decode_file(file: Path, kind: type[_Content]) -> _Content:
    """Reads a JSON file of a certain shape; raises DatasetError with the place of what does not fit."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"{file} cannot be read ({error.strerror}).", repair="Check its name in the recipe."
        ) from None
    if content[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x78\x9c"):
        raise DatasetError(
            f"{file} is a pickle, which could run anything when it is read.",
            repair="Write what it holds as JSON with the program that made it, and name that file.",
        )
    try:
        return msgspec.json.decode(content, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{file} is no file of this layout: {str(error)[:200]}.",
            repair="Check the file and the `layout` that the recipe gives it.",
        ) from None


def share_box(corner_and_size: Sequence[float], width: int, height: int) -> Box | None:
    """A box of left, top, width and height in pixels, as shares of the image; None for one without area or scale."""
    if len(corner_and_size) != 4 or width <= 0 or height <= 0:
        return None
    left, top, wide, high = corner_and_size
    edges = (left / width, top / height, (left + wide) / width, (top + high) / height)
    inside = tuple(min(max(edge, 0.0), 1.0) for edge in edges)
    return inside if inside[0] < inside[2] and inside[1] < inside[3] else None  # type: ignore[return-value]
