"""Annotated images in vlitqa's layout: a JSON object for each image, a line for each object."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from vlitqa.annotated_images.coco import file_below
from vlitqa.annotated_images.image import AnnotatedImage
from vlitqa.annotated_images.parts import AnnotationFile, AnnotationPart, NumberedImage
from vlitqa.errors import DatasetError


def read_annotated_lines(file: AnnotationFile) -> AnnotationPart:
    """The images of a file that `write_annotated_lines` could have written."""
    decoder = msgspec.json.Decoder(AnnotatedImage)
    images, number = [], 0
    try:
        for line in file.path.read_bytes().splitlines():
            number += 1
            if line.strip():
                image = decoder.decode(line)
                _refuse_boxes_in_pixels(image, f"{file.path}, line {number}")
                images.append(_with_source(image, file))
    except OSError as error:
        raise DatasetError(
            f"{file.path} cannot be read ({error.strerror}).", repair="Check its name in the recipe."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{file.path}, line {number}: {str(error)[:200]}.",
            repair="docs/build.md has the fields of an annotated image.",
        ) from None
    return AnnotationPart(images=[NumberedImage("", image) for image in images])


def write_annotated_lines(images: Iterable[AnnotatedImage]) -> bytes:
    """The lines of annotated images."""
    return b"".join(msgspec.json.encode(image) + b"\n" for image in images)


def _refuse_boxes_in_pixels(image: AnnotatedImage, place: str) -> None:
    """Raises DatasetError for a box that is none: edges are shares of the image, the first two before the others."""
    boxes = [thing.box for thing in image.objects] + [word.box for word in image.words]
    for left, top, right, bottom in filter(None, boxes):
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise DatasetError(
                f"{place}: {[left, top, right, bottom]} is no box.",
                repair="Write left, top, right and bottom as shares of the width and the height, between 0 and 1.",
            )


def _with_source(image: AnnotatedImage, file: AnnotationFile) -> AnnotatedImage:
    """An image whose annotations say where they come from: the file, unless they do."""
    return replace(
        image,
        file=file_below(file.folder, image.file),
        captions=tuple(replace(one, source=one.source or file.source) for one in image.captions),
        objects=tuple(replace(one, source=one.source or file.source) for one in image.objects),
        words=tuple(replace(one, source=one.source or file.source) for one in image.words),
        questions=tuple(replace(one, source=one.source or file.source) for one in image.questions),
    )
