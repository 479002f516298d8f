"""What is known of a scene, in the review's five kinds of annotation: caption, object, attribute, OCR, question."""

from __future__ import annotations

from dataclasses import dataclass

from vlitqa.shapes.questions import at, questions_about
from vlitqa.shapes.scenes import Contact, Scene, Thing

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, where the picture is one wide."""
_MEET = {"touching": "touches", "inside": "lies inside", "overlapping": "overlaps"}


@dataclass(frozen=True, slots=True)
class Annotations:
    """Everything about one picture."""

    caption: str
    objects: tuple[tuple[str, Box], ...]
    attributes: tuple[tuple[str, str, str, str, str], ...]
    """Of each object: its name, size, fill, colour and place."""
    words: tuple[tuple[str, str], ...]
    """What is written, and where."""
    questions: tuple[tuple[str, str], ...]


def annotations_of(scene: Scene) -> Annotations:
    """All five kinds, exact."""
    return Annotations(
        caption=caption_of(scene),
        objects=tuple((thing.name, thing.box) for thing in scene.things),
        attributes=tuple((each.name, each.size, each.fill, each.colour, each.place) for each in scene.things),
        words=((scene.sign.word, scene.sign.place),) if scene.sign else (),
        questions=tuple((each.text, each.answer) for each in questions_about(scene)),
    )


def caption_of(scene: Scene) -> str:
    """Everything that a picture shows, in sentences."""
    told = [f"{described(thing)} {at(thing.place)}" for thing in scene.as_read]
    verb = "are" if len(told) > 1 else "is"
    sentences = [f"On a {scene.background} background there {verb} {listed(told)}."]
    if scene.contact:
        sentences.append(f"{meeting(scene, scene.contact)}.")
    if scene.sign:
        sentences.append(f"A sign {at(scene.sign.place)} says {scene.sign.word}.")
    return " ".join(sentences)


def described(thing: Thing) -> str:
    return f"a {thing.size} {thing.fill} {thing.name}"


def meeting(scene: Scene, contact: Contact) -> str:
    """`The red circle touches the blue square`."""
    return f"The {scene.things[contact.first].name} {_MEET[contact.kind]} the {scene.things[contact.second].name}"


def listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
