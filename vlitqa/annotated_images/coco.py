"""Annotations of COCO: captions, instances, attributes (Patterson and Hays), and the text of COCO-Text (Veit)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from vlitqa.annotated_images.image import AnnotatedImage, Caption, ImageObject, WrittenWord
from vlitqa.annotated_images.parts import AnnotationFile, AnnotationPart, NumberedImage, decode_file, share_box

_FEWEST_VOTES = 0.5
"""The share of people from which an attribute counts, as in the paper that published them."""


class _Image(Struct):
    id: int
    file_name: str
    width: int = 0
    height: int = 0
    license: int | None = None


class _Licence(Struct):
    id: int
    name: str = ""


class _Caption(Struct):
    image_id: int
    caption: str


class _Captions(Struct):
    images: list[_Image]
    annotations: list[_Caption]
    licenses: list[_Licence] = []


class _Category(Struct):
    id: int
    name: str
    supercategory: str = ""


class _Instance(Struct):
    image_id: int
    category_id: int
    id: int = 0
    bbox: tuple[float, ...] = ()
    iscrowd: int = 0


class _Instances(Struct):
    images: list[_Image]
    annotations: list[_Instance]
    categories: list[_Category]
    licenses: list[_Licence] = []


class _AttributeName(Struct):
    name: str


class _Attributes(Struct):
    attributes: list[_AttributeName]
    ann_vecs: dict[str, list[float]]
    patch_id_to_ann_id: dict[str, int]


class _TextImage(Struct):
    file_name: str
    width: int = 0
    height: int = 0


class _Text(Struct):
    image_id: int
    utf8_string: str = ""
    bbox: tuple[float, ...] = ()
    legibility: str = "legible"


class _TextFile(Struct):
    imgs: dict[str, _TextImage]
    anns: dict[str, _Text]


def captions_of_coco(file: AnnotationFile) -> AnnotationPart:
    """The captions of a file such as `captions_train2014.json`."""
    content = decode_file(file.path, _Captions)
    captions: defaultdict[int, list[Caption]] = defaultdict(list)
    for annotation in content.annotations:
        if text := " ".join(annotation.caption.split()):
            captions[annotation.image_id].append(Caption(text, file.source))
    licences = {licence.id: licence.name for licence in content.licenses}
    return AnnotationPart(
        images=[
            NumberedImage(str(image.id), _image_of(file, image, licences, captions=tuple(captions[image.id])))
            for image in content.images
        ]
    )


def instances_of_coco(file: AnnotationFile) -> AnnotationPart:
    """The objects of a file such as `instances_train2014.json`, whose annotators looked for every category."""
    content = decode_file(file.path, _Instances)
    categories = {category.id: category for category in content.categories}
    sizes = {image.id: (image.width, image.height) for image in content.images}
    objects: defaultdict[int, list[ImageObject]] = defaultdict(list)
    for instance in content.annotations:
        if instance.category_id in categories and instance.image_id in sizes:
            category = categories[instance.category_id]
            objects[instance.image_id].append(
                ImageObject(
                    name=category.name,
                    group=category.supercategory,
                    box=share_box(instance.bbox, *sizes[instance.image_id]),
                    is_crowd=bool(instance.iscrowd),
                    id=str(instance.id),
                    source=file.source,
                )
            )
    licences = {licence.id: licence.name for licence in content.licenses}
    return AnnotationPart(
        images=[
            NumberedImage(str(image.id), _image_of(file, image, licences, objects=tuple(objects[image.id])))
            for image in content.images
        ],
        object_names=tuple(category.name for category in content.categories),
    )


def attributes_of_coco(file: AnnotationFile) -> AnnotationPart:
    """The attributes of COCO's objects: COCO Attributes, written as JSON with its own three tables."""
    content = decode_file(file.path, _Attributes)
    names = [attribute.name for attribute in content.attributes]
    return AnnotationPart(
        images=[],
        attributes={
            str(content.patch_id_to_ann_id[patch]): tuple(
                name for name, votes in zip(names, shares, strict=False) if votes >= _FEWEST_VOTES
            )
            for patch, shares in content.ann_vecs.items()
            if patch in content.patch_id_to_ann_id
        },
    )


def words_of_coco(file: AnnotationFile) -> AnnotationPart:
    """The legible words of COCO-Text, such as `cocotext.v2.json`."""
    content = decode_file(file.path, _TextFile)
    words: defaultdict[str, list[WrittenWord]] = defaultdict(list)
    for annotation in content.anns.values():
        image = content.imgs.get(str(annotation.image_id))
        if image and annotation.legibility == "legible" and annotation.utf8_string.strip():
            box = share_box(annotation.bbox, image.width, image.height)
            words[str(annotation.image_id)].append(WrittenWord(annotation.utf8_string.strip(), box, file.source))
    return AnnotationPart(
        images=[
            NumberedImage(
                number,
                AnnotatedImage(
                    file=file_below(file.folder, image.file_name),
                    width=image.width,
                    height=image.height,
                    words=tuple(words[number]),
                ),
            )
            for number, image in content.imgs.items()
        ]
    )


def file_below(folder: str, name: str) -> str:
    """The name of a file below the folder of all images."""
    return str(PurePosixPath(folder, name)) if folder else name


def _image_of(
    file: AnnotationFile,
    image: _Image,
    licences: Mapping[int, str],
    *,
    captions: Sequence[Caption] = (),
    objects: Sequence[ImageObject] = (),
) -> AnnotatedImage:
    return AnnotatedImage(
        file=file_below(file.folder, image.file_name),
        width=image.width,
        height=image.height,
        licence=licences.get(image.license, "") if image.license is not None else "",
        captions=tuple(captions),
        objects=tuple(objects),
    )
