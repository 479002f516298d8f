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
                images.append(_with_source(decoder.decode(line), file))
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
