"""All files of annotations of a recipe, joined by image: COCO's by the numbers of images, others by their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from msgspec.structs import replace

from vlitqa.annotated_images.coco import (
    attributes_of_coco,
    captions_of_coco,
    instances_of_coco,
    words_of_coco,
)
from vlitqa.annotated_images.image import AnnotatedImage, AnnotatedImages, AnnotationSource, ImageObject, merge_images
from vlitqa.annotated_images.lines import read_annotated_lines
from vlitqa.annotated_images.pairs import read_pairs_of_rows
from vlitqa.annotated_images.parts import AnnotationFile, AnnotationPart
from vlitqa.annotated_images.vqa import voted_questions
from vlitqa.catalogue import suggestion
from vlitqa.errors import DatasetError, UsageError

ANNOTATION_LAYOUTS: Mapping[str, Callable[[AnnotationFile], AnnotationPart]] = {
    "coco-captions": captions_of_coco,
    "coco-instances": instances_of_coco,
    "coco-attributes": attributes_of_coco,
    "coco-text": words_of_coco,
    "vqa": voted_questions,
    "pairs": read_pairs_of_rows,
    "annotated": read_annotated_lines,
}
"""How files of annotations are laid out, by the name that a recipe gives them."""


def read_annotated_images(files: Sequence[AnnotationFile]) -> AnnotatedImages:
    """Reads files of annotations and joins what they say of each image; raises DatasetError or UsageError."""
    parts = [(file, _reader_of(file)(file)) for file in files]
    names = _files_by_number(parts)
    joined: dict[str, AnnotatedImage] = {}
    unplaced: dict[str, int] = {}
    for file, part in parts:
        for numbered in part.images:
            name = numbered.image.file or names.get(numbered.number, "")
            if not name:
                unplaced[file.source] = unplaced.get(file.source, 0) + 1
                continue
            image = replace(numbered.image, file=name)
            if part.object_names:
                image = replace(image, object_names=(file.source,))
            joined[name] = merge_images(joined[name], image) if name in joined else image
    attributes = {number: names for _, part in parts for number, names in part.attributes.items()}
    images = [_with_attributes(image, attributes) for image in joined.values()] if attributes else [*joined.values()]
    if not any(image.has_annotations() for image in images):
        raise DatasetError("No image of the recipe has an annotation.", repair="Check the files under [[annotations]].")
    return AnnotatedImages(
        images=images,
        sources=[_source_of(file, part) for file, part in parts],
        unplaced=unplaced,
        embedding=frozenset(file.source for file, part in parts if part.embeds),
    )


def _reader_of(file: AnnotationFile) -> Callable[[AnnotationFile], AnnotationPart]:
    if file.layout not in ANNOTATION_LAYOUTS:
        raise UsageError(
            f"No layout of annotations is called {file.layout!r}.", repair=suggestion(file.layout, ANNOTATION_LAYOUTS)
        )
    return ANNOTATION_LAYOUTS[file.layout]


def _files_by_number(parts: Sequence[tuple[AnnotationFile, AnnotationPart]]) -> Mapping[str, str]:
    """The file of each numbered image; raises DatasetError where two files use a number for different images."""
    names: dict[str, str] = {}
    for file, part in parts:
        for numbered in part.images:
            name = numbered.image.file
            if name and numbered.number and names.setdefault(numbered.number, name) != name:
                raise DatasetError(
                    f"Image {numbered.number} is {names[numbered.number]} in one file and {name} in {file.path}.",
                    repair="Give both the same `folder`; annotations of different images belong into two recipes.",
                )
    return names


def _with_attributes(image: AnnotatedImage, attributes: Mapping[str, tuple[str, ...]]) -> AnnotatedImage:
    if not any(thing.id in attributes for thing in image.objects):
        return image
    return replace(image, objects=tuple(_attributed(thing, attributes) for thing in image.objects))


def _attributed(thing: ImageObject, attributes: Mapping[str, tuple[str, ...]]) -> ImageObject:
    more = attributes.get(thing.id, ()) if thing.id else ()
    return replace(thing, attributes=tuple(dict.fromkeys(thing.attributes + more)))


def _source_of(file: AnnotationFile, part: AnnotationPart) -> AnnotationSource:
    with file.path.open("rb") as opened:
        digest = sha256()
        while chunk := opened.read(1 << 20):
            digest.update(chunk)
    return AnnotationSource(
        name=file.source,
        licence=file.licence,
        file=file.path.name,
        sha256=digest.hexdigest(),
        object_names=part.object_names,
    )
