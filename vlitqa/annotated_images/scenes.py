"""Scenes of the shapes world as annotated images: their annotations are exact and complete."""

from __future__ import annotations

from collections.abc import Iterable

from vlitqa.annotated_images.image import AnnotatedImage, Caption, ImageObject, ImageQuestion, WrittenWord
from vlitqa.shapes.annotations import annotations_of, naming_caption
from vlitqa.shapes.datasets import picture_name
from vlitqa.shapes.questions import questions_about
from vlitqa.shapes.scenes import COLOURS, SHAPES, scene_of

SHAPES_SOURCE, SHAPES_LICENCE = "shapes", "CC0-1.0"
"""The name of the annotations, and the licence of what the shapes world draws: nobody else has a right in it."""
SHAPE_NAMES = tuple(f"{colour} {shape}" for colour in COLOURS for shape in SHAPES)


def annotated_scenes(seed: int, numbers: Iterable[int], side: int) -> list[AnnotatedImage]:
    """The scenes of these numbers with all that is true of them."""
    return [_annotated_scene(seed, number, side) for number in numbers]


def _annotated_scene(seed: int, number: int, side: int) -> AnnotatedImage:
    scene = scene_of(seed, number)
    truth = annotations_of(scene)
    attributes = [rest for _, *rest in truth.attributes]
    return AnnotatedImage(
        file=picture_name(number),
        width=side,
        height=side,
        licence=SHAPES_LICENCE,
        captions=tuple(Caption(text, SHAPES_SOURCE) for text in (naming_caption(scene), truth.caption)),
        objects=tuple(
            ImageObject(
                name=name,
                group=name.split()[-1],
                box=box,
                attributes=tuple(dict.fromkeys((size, fill, place))),
                source=SHAPES_SOURCE,
            )
            for (name, box), (size, fill, _, place) in zip(truth.objects, attributes, strict=True)
        ),
        words=tuple(WrittenWord(word, None, SHAPES_SOURCE) for word, _ in truth.words),
        questions=tuple(
            ImageQuestion(question.text, (question.answer,), SHAPES_SOURCE)
            for question in questions_about(scene)
            if question.kind != "name"  # it is asked with choices alone
        ),
        object_names=(SHAPES_SOURCE,),
    )
