"""Pairs of questions about a scene, of which one is answered by yes and one by no, as MME asks them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from vlitqa.shapes.questions import RELATIONS, questions_in
from vlitqa.shapes.scenes import BACKGROUNDS, COLOURS, SHAPES, WORDS, Scene, scene_of, with_article

_DEMAND = "Please answer yes or no."
_SEEN = ("to the left of", "to the right of", "above", "below")
"""The relations, in the words of a statement."""
Pair = tuple[str, str]
"""What is true of a scene, as a question, and what is not."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two questions about a scene: the first is answered by yes, the second by no."""

    number: int
    true: str
    false: str


def doubts_in(subtask: str, seed: int, count: int) -> list[Doubt]:
    """So many pairs of a subtask, each about a scene of its own."""
    dice = random.Random(f"{seed} {subtask}")
    made: list[Doubt] = []
    number = 0
    while len(made) < count:
        pairs = list(SUBTASKS[subtask](scene_of(seed, number), dice))
        if pairs:
            true, false = dice.choice(pairs)
            made.append(Doubt(number, f"{true} {_DEMAND}", f"{false} {_DEMAND}"))
        number += 1
    return made


def _existence(scene: Scene, dice: random.Random) -> Iterator[Pair]:
    here = {thing.name for thing in scene.things}
    away = [name for colour in COLOURS for shape in SHAPES if (name := f"{colour} {shape}") not in here]
    for thing in scene.things:
        yield f"Is there {thing.one} in the picture?", f"Is there {with_article(dice.choice(away))} in the picture?"


def _count(scene: Scene, dice: random.Random) -> Iterator[Pair]:
    right = len(scene.things)
    wrong = dice.choice([number for number in range(1, 7) if number != right])
    yield f"Is the number of things in the picture {right}?", f"Is the number of things in the picture {wrong}?"


def _position(scene: Scene, dice: random.Random) -> Iterator[Pair]:
    for asked in questions_in("Spatial Relation", scene):
        other, _, one = asked.text.removeprefix("Seen from the ").removesuffix("?").partition(", where is the ")
        side = RELATIONS.index(asked.answer)
        yield f"Is the {one} {_SEEN[side]} the {other}?", f"Is the {one} {_SEEN[side ^ 1]} the {other}?"


def _colour(scene: Scene, dice: random.Random) -> Iterator[Pair]:
    for shape, times in Counter(thing.shape for thing in scene.things).items():
        colour = next(thing.colour for thing in scene.things if thing.shape == shape)
        if times == 1:
            wrong = dice.choice([each for each in COLOURS if each != colour])
            yield f"Is the {shape} {colour}?", f"Is the {shape} {wrong}?"


def _background(scene: Scene, dice: random.Random) -> Iterator[Pair]:
    wrong = dice.choice([each for each in BACKGROUNDS if each != scene.background])
    yield f"Is the background of the picture {scene.background}?", f"Is the background of the picture {wrong}?"


def _reading(scene: Scene, dice: random.Random) -> Iterator[Pair]:
    if scene.sign:
        wrong = dice.choice([word for word in WORDS if word != scene.sign.word])
        yield f'Is the word on the sign "{scene.sign.word}"?', f'Is the word on the sign "{wrong}"?'


def _calculation(scene: Scene, dice: random.Random) -> Iterator[Pair]:
    for colour, times in Counter(thing.colour for thing in scene.things).items():
        left = len(scene.things) - times
        wrong = dice.choice([number for number in range(6) if number != left])
        asked = f"things are left if every {colour} one is taken away. Is this right?"
        yield f"{left} {asked}", f"{wrong} {asked}"


SUBTASKS: Mapping[str, Callable[[Scene, random.Random], Iterator[Pair]]] = {
    "existence": _existence,
    "count": _count,
    "position": _position,
    "color": _colour,
    "scene": _background,
    "OCR": _reading,
    "numerical_calculation": _calculation,
}
"""MME's own names of those subtasks that the world can ask."""
