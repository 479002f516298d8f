"""Exact annotations of a scene, in the review's five kinds: caption, object, attribute, OCR, question."""

from __future__ import annotations

from dataclasses import dataclass

from vlitqa.shapes.questions import place_phrase, questions_about
from vlitqa.shapes.scenes import Box, Contact, Scene, Thing

_VERBS = {"touching": "touches", "inside": "lies inside", "overlapping": "overlaps"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """Everything about one picture."""

    caption: str
    objects: tuple[tuple[str, Box], ...]
    """The name of each object, and where it is."""
    attributes: tuple[tuple[str, str, str, str, str], ...]
    """The name, size, fill, colour and place of each object."""
    words: tuple[tuple[str, str], ...]
    """Each word that is written, and its place."""
    questions: tuple[tuple[str, str], ...]
    """Questions with their answers."""


def annotations_of(scene: Scene) -> Annotations:
    """The annotations of all five kinds."""
    return Annotations(
        caption=caption_of(scene),
        objects=tuple((thing.name, thing.box) for thing in scene.things),
        attributes=tuple((thing.name, thing.size, thing.fill, thing.colour, thing.place) for thing in scene.things),
        words=((scene.sign.word, scene.sign.place),) if scene.sign else (),
        questions=tuple((question.text, question.answer) for question in questions_about(scene)),
    )


def caption_of(scene: Scene) -> str:
    """Sentences that say everything that a picture shows."""
    things = [f"{describe_thing(thing)} {place_phrase(thing.place)}" for thing in scene.in_reading_order]
    verb = "are" if len(things) > 1 else "is"
    sentences = [f"On a {scene.background} background there {verb} {join_with_and(things)}."]
    if scene.contact:
        sentences.append(f"{_describe_contact(scene, scene.contact)}.")
    if scene.sign:
        sentences.append(f"A sign {place_phrase(scene.sign.place)} says {scene.sign.word}.")
    return " ".join(sentences)


def naming_caption(scene: Scene) -> str:
    """One short sentence that names the things of a picture and says no more of them."""
    names = [thing.phrase for thing in scene.in_reading_order]
    return f"There {'are' if len(names) > 1 else 'is'} {join_with_and(names)}."


def describe_thing(thing: Thing) -> str:
    """A phrase for a thing, such as `a small hollow red circle`."""
    return f"a {thing.size} {thing.fill} {thing.name}"


def _describe_contact(scene: Scene, contact: Contact) -> str:
    """A clause for two things that meet, such as `The red circle touches the blue square`."""
    return f"The {scene.things[contact.first].name} {_VERBS[contact.kind]} the {scene.things[contact.second].name}"


def join_with_and(phrases: list[str]) -> str:
    """The phrases as an English list: `a, b and c`."""
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} and {phrases[-1]}"
