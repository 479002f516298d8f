"""Instruction data about scenes, made in the ways in which published sets were made (the review, Table 2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.annotations import caption_of, listed
from vlitqa.shapes.questions import Asked, at, questions_about
from vlitqa.shapes.scenes import COLOURS, PLACES, SHAPES, Scene, scene_of, with_article

_TEMPLATES = (
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
class Draw:
    """One scene, and the dice with which a record about it is made."""

    seed: int
    number: int
    dice: random.Random
    scene: Scene


def records_of(name: str, seed: int, count: int) -> list[Record]:
    """So many records of a dataset, each about a scene of its own: the same for a seed, and a longer one goes on."""
    return [
        MAKERS[name](Draw(seed, number, random.Random(f"{seed} {name} {number}"), scene_of(seed, number)))
        for number in range(count)
    ]


def picture_name(number: int) -> str:
    return f"{number:06d}.png"


def _adapted(draw: Draw) -> Record:
    """Annotation adaption: captions under one of few templates."""
    names = [thing.one for thing in draw.scene.things]
    verb = "are" if len(names) > 1 else "is"
    return _record(draw, [(draw.dice.choice(_TEMPLATES), f"There {verb} {listed(names)}.")], "caption")


def _generated(draw: Draw) -> Record:
    """Self-instruct: a conversation, a detailed description or a reasoned answer."""
    kind = ("conversation", "detail", "reasoning")[draw.number % 3]
    asked = _askable(draw.scene)
    if kind == "detail":
        return _record(draw, [(draw.dice.choice(_DETAIL), caption_of(draw.scene))], kind)
    if kind == "conversation":
        return _record(draw, [(each.text, each.sentence) for each in _some(asked, draw.dice)], kind)
    hard = [each for each in asked if each.dimension == "Visual Reasoning"]
    chosen = draw.dice.choice(hard)
    return _record(draw, [(f"{chosen.text} Explain your answer.", _reasoned(draw.scene, chosen))], kind)


def _paired(draw: Draw) -> Record:
    """In-context pairs: a question and its answer about one picture, then one of the same kind about another."""
    other = draw.dice.randrange(draw.number) if draw.number else 1
    here, there = _askable(draw.scene), _askable(scene_of(draw.seed, other))
    kind = draw.dice.choice(sorted({each.kind for each in here} & {each.kind for each in there}))
    turns = []
    for image, asked in enumerate((there, here)):
        chosen = draw.dice.choice([each for each in asked if each.kind == kind])
        turns.append(Turn(chosen.text, chosen.sentence, (image,)))
    images = tuple(ImageRef(picture_name(number)) for number in (other, draw.number))
    return Record(tuple(turns), images, f"{draw.number}", task="in context")


def _guided(draw: Draw) -> Record:
    """Guided by principles: several turns, among them what is not there, and a region or a place."""
    scene, dice = draw.scene, draw.dice
    told = [(each.text, each.sentence) for each in _some(_askable(scene), dice)]
    kind = ("global", "negative", "region")[draw.number % 3]
    if kind == "negative":
        told.insert(dice.randint(0, len(told)), _negative(scene, dice))
    if kind == "region":
        told.insert(dice.randint(0, len(told)), _region(scene, dice))
    return _record(draw, told, kind)


def _controlled(draw: Draw) -> Record:
    """The same after quality control: no two questions of one kind, and every kind of question equally often."""
    scene, dice = draw.scene, draw.dice
    asked = _askable(scene)
    kinds = dice.sample(sorted({each.kind for each in asked}), 3)
    chosen = [dice.choice([each for each in asked if each.kind == kind]) for kind in kinds]
    told = [(each.text, each.sentence) for each in chosen]
    kind = ("global", "negative", "region")[draw.number % 3]
    if kind != "global":
        told[dice.randrange(3)] = _negative(scene, dice) if kind == "negative" else _region(scene, dice)
    return _record(draw, told, kind)


def _record(draw: Draw, told: Sequence[tuple[str, str]], task: str) -> Record:
    turns = tuple(Turn(asked, said, (0,) if not place else ()) for place, (asked, said) in enumerate(told))
    return Record(
        turns, (ImageRef(picture_name(draw.number)),), f"{draw.number}", task=task, annotation=caption_of(draw.scene)
    )


def _askable(scene: Scene) -> list[Asked]:
    """The questions that can be asked without choices."""
    return [each for each in questions_about(scene) if each.kind != "name"]


def _some(asked: Sequence[Asked], dice: random.Random) -> list[Asked]:
    """A few questions with different texts."""
    different = list({each.text: each for each in dice.sample(asked, len(asked))}.values())
    return different[: dice.randint(*_TURNS)]


def _reasoned(scene: Scene, asked: Asked) -> str:
    if asked.kind == "left":
        gone = [thing.name for thing in scene.things if thing.colour == asked.about[0]]
        return f"Of all {len(scene.things)} the {listed(gone)} would go. {asked.sentence}"
    name = asked.about[1]
    thing = next(each for each in scene.things if each.name == name)
    return f"The {name} is {at(thing.place)}. {asked.sentence}"


def _negative(scene: Scene, dice: random.Random) -> tuple[str, str]:
    """A question about what is not there."""
    here = {thing.name for thing in scene.things}
    away = dice.choice([name for colour in COLOURS for shape in SHAPES if (name := f"{colour} {shape}") not in here])
    instead = dice.choice(scene.things)
    return f"Is there {with_article(away)} in the picture?", f"No, there is no {away}, but there is {instead.one}."


def _region(scene: Scene, dice: random.Random) -> tuple[str, str]:
    """A question about a box or a place."""
    thing = dice.choice(scene.things)
    if dice.random() < 0.5:
        box = ", ".join(f"{edge:.2f}" for edge in thing.box)
        return f"What is in the box [{box}]?", f"In this box there is a {thing.size} {thing.fill} {thing.name}."
    place = dice.choice(PLACES)
    found = [each.one for each in scene.things if each.place == place]
    if scene.sign and scene.sign.place == place:
        found.append("a sign")
    shown = f"there is {listed(found)}" if found else "there is nothing"
    return f"What can be seen {at(place)}?", f"{at(place)[0].upper()}{at(place)[1:]} {shown}."


MAKERS: Mapping[str, Callable[[Draw], Record]] = {
    "adapted": _adapted,
    "generated": _generated,
    "paired": _paired,
    "guided": _guided,
    "controlled": _controlled,
}
"""By name of the dataset: how a record about a scene is made."""
