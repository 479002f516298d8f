"""Instruction data about scenes, made in the ways in which published sets were made (the review, Table 2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.annotations import caption_of, described, listed
from vlitqa.shapes.questions import Asked, at, questions_about
from vlitqa.shapes.scenes import COLOURS, PLACES, SHAPES, Scene, scene_of, with_article

TEMPLATES = (
    *("Describe the picture.", "What is in the picture?"),
    *("Give a short description of the picture.", "What does the picture show?"),
)
_DETAIL = (
    *(
        "Describe the picture in detail.",
        "Tell me everything that you can see.",
        "Write down every thing and its place.",
    ),
    *("Give a full account of the picture.", "What would you say of the picture to someone who cannot see it?"),
    *("List all things with size, colour, shape and place.", "Explain the whole scene, thing by thing."),
)
_TURNS = (3, 5)


@dataclass(frozen=True, slots=True)
class Told:
    """An instruction and its right response."""

    kind: str
    """That of a question, or `caption`, `detail`, `reasoned`, `negative`, `box`, `region`."""
    instruction: str
    response: str
    number: int
    """Of the scene that it is about."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One scene, and the dice with which a record about it is made."""

    seed: int
    number: int
    dice: random.Random
    scene: Scene

    def told(self, asked: Asked) -> Told:
        return Told(asked.kind, asked.text, asked.sentence, self.number)


def records_of(name: str, seed: int, count: int) -> list[Record]:
    """So many records of a dataset, each about a scene of its own: the same for a seed, and a longer one goes on."""
    return [_record(seed, number, *made_for(name, seed, number)) for number in range(count)]


def made_for(name: str, seed: int, number: int) -> tuple[str, list[Told]]:
    """The task and the turns of one record."""
    return MAKERS[name](Draw(seed, number, random.Random(f"{seed} {name} {number}"), scene_of(seed, number)))


def picture_name(number: int) -> str:
    return f"{number:06d}.png"


def _adapted(draw: Draw) -> tuple[str, list[Told]]:
    """Annotation adaption: captions under one of few templates."""
    names = [thing.one for thing in draw.scene.as_read]
    verb = "are" if len(names) > 1 else "is"
    return "caption", [
        Told("caption", draw.dice.choice(TEMPLATES), f"There {verb} {listed(names)}.", draw.number),
    ]


def _generated(draw: Draw) -> tuple[str, list[Told]]:
    """Self-instruct: a conversation, a detailed description or a reasoned answer."""
    kind = ("conversation", "detail", "reasoning")[draw.number % 3]
    if kind == "detail":
        return kind, [Told("detail", draw.dice.choice(_DETAIL), caption_of(draw.scene), draw.number)]
    asked = _askable(draw.scene)
    if kind == "conversation":
        return kind, [draw.told(each) for each in _some(asked, draw.dice)]
    chosen = draw.dice.choice([each for each in asked if each.dimension == "Visual Reasoning"])
    text, answer = f"{chosen.text} Explain your answer.", _reasoned(draw.scene, chosen)
    return kind, [Told("reasoned", text, answer, draw.number)]


def _paired(draw: Draw) -> tuple[str, list[Told]]:
    """In-context pairs: a question and its answer about one picture, then one of the same kind about another."""
    other = draw.dice.randrange(draw.number) if draw.number else 1
    there = replace(draw, number=other, scene=scene_of(draw.seed, other))
    asked = [(each, _askable(each.scene)) for each in (there, draw)]
    first, second = ({each.kind for each in found} for _, found in asked)
    kind = draw.dice.choice(sorted(first & second))
    return "in context", [
        each.told(draw.dice.choice([question for question in found if question.kind == kind])) for each, found in asked
    ]


def _guided(draw: Draw) -> tuple[str, list[Told]]:
    """Guided by principles: several turns, among them what is not there, and a region or a place."""
    dice = draw.dice
    told = [draw.told(each) for each in _some(_askable(draw.scene), dice)]
    kind = ("global", "negative", "region")[draw.number % 3]
    if kind != "global":
        told.insert(dice.randint(0, len(told)), _negative(draw) if kind == "negative" else _region(draw))
    return kind, told


def _controlled(draw: Draw) -> tuple[str, list[Told]]:
    """The same after quality control: no two questions of one kind, and every kind of question equally often."""
    dice = draw.dice
    asked = _askable(draw.scene)
    kinds = dice.sample(sorted({each.kind for each in asked}), 3)
    told = [draw.told(dice.choice([each for each in asked if each.kind == kind])) for kind in kinds]
    kind = ("global", "negative", "region")[draw.number % 3]
    if kind != "global":
        told[dice.randrange(3)] = _negative(draw) if kind == "negative" else _region(draw)
    return kind, told


def _record(seed: int, number: int, task: str, told: Sequence[Told]) -> Record:
    """Each picture stands at the first turn about it."""
    numbers = list(dict.fromkeys(each.number for each in told))
    turns, shown = [], set[int]()
    for each in told:
        turns.append(
            Turn(each.instruction, each.response, () if each.number in shown else (numbers.index(each.number),))
        )
        shown.add(each.number)
    images = tuple(map(ImageRef, map(picture_name, numbers)))
    annotation = caption_of(scene_of(seed, number)) if len(numbers) == 1 else None
    return Record(tuple(turns), images, f"{number}", task=task, annotation=annotation)


def _askable(scene: Scene) -> list[Asked]:
    """The questions that can be asked without choices."""
    return [each for each in questions_about(scene) if each.kind != "name"]


def _some(asked: Sequence[Asked], dice: random.Random) -> list[Asked]:
    """A few questions with different texts."""
    different = list({each.text: each for each in dice.sample(asked, len(asked))}.values())
    return different[: dice.randint(*_TURNS)]


def _reasoned(scene: Scene, asked: Asked) -> str:
    if asked.kind == "left":
        gone = [thing.name for thing in scene.as_read if thing.colour == asked.about[0]]
        return f"Of all {len(scene.things)} the {listed(gone)} would go. {asked.sentence}"
    name = asked.about[1]
    thing = next(each for each in scene.things if each.name == name)
    return f"The {name} is {at(thing.place)}. {asked.sentence}"


def _negative(draw: Draw) -> Told:
    """A question about what is not there."""
    scene, dice = draw.scene, draw.dice
    here = {thing.name for thing in scene.things}
    away = dice.choice([name for colour in COLOURS for shape in SHAPES if (name := f"{colour} {shape}") not in here])
    instead = dice.choice(scene.things)
    asked, said = (
        f"Is there {with_article(away)} in the picture?",
        f"No, there is no {away}, but there is {instead.one}.",
    )
    return Told("negative", asked, said, draw.number)


def _region(draw: Draw) -> Told:
    """A question about a box or a place."""
    scene, dice = draw.scene, draw.dice
    thing = dice.choice(scene.things)
    if dice.random() < 0.5:
        box = ", ".join(f"{edge:.2f}" for edge in thing.box)
        said = f"In this box there is {described(thing)}."
        return Told("box", f"What is in the box [{box}]?", said, draw.number)
    place = dice.choice(PLACES)
    found = [each.one for each in scene.as_read if each.place == place]
    if scene.sign and scene.sign.place == place:
        found.append("a sign")
    shown = f"there is {listed(found)}" if found else "there is nothing"
    said = f"{at(place)[0].upper()}{at(place)[1:]} {shown}."
    return Told("region", f"What can be seen {at(place)}?", said, draw.number)


MAKERS: Mapping[str, Callable[[Draw], tuple[str, list[Told]]]] = {
    "adapted": _adapted,
    "generated": _generated,
    "paired": _paired,
    "guided": _guided,
    "controlled": _controlled,
}
"""By name of the dataset: how the task and the turns of a record are made."""
