"""True statements about scenes in words that no question and no exam uses: from them a model learns to see."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import permutations

from vlitqa.shapes.annotations import caption_of, join_with_and
from vlitqa.shapes.scenes import PLACES, SHAPES, Scene, Thing, with_article

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
_MOST_OF_A_KIND = 2
"""Statements of one kind in a description."""
_CLEAR_DISTANCE = 0.1
"""Things that are nearer to each other, or that differ as much in the other direction, lie on no clear side."""


def describe_scene(scene: Scene, dice: random.Random) -> str:
    """The caption of a scene and some statements about it, in any order, so that none can be read off another."""
    statements = [caption_of(scene)]
    for state in _STATERS:
        possible = list(state(scene))
        statements += dice.sample(possible, min(_MOST_OF_A_KIND, len(possible)))
    dice.shuffle(statements)
    return " ".join(statements)


def _counts(scene: Scene) -> Iterator[str]:
    """How many things there are, of every shape, and of a colour and all others."""
    shapes = Counter(thing.shape for thing in scene.things)
    parts = [f"{_NUMBERS[shapes[shape]]} {_plural(shape, shapes[shape])}" for shape in SHAPES if shapes[shape]]
    yield f"In total {_NUMBERS[len(scene.things)]}: {join_with_and(parts)}."
    colours = Counter(thing.colour for thing in scene.things)
    for colour, count in colours.items():
        yield f"In {colour} {_NUMBERS[count]}, in other colours {_NUMBERS[len(scene.things) - count]}."


def _sides(scene: Scene) -> Iterator[str]:
    """Which of two things lies further in which direction."""
    for thing, other in permutations(scene.things, 2):
        across, down = other.x - thing.x, other.y - thing.y
        if min(abs(across), abs(down)) <= _CLEAR_DISTANCE < max(abs(across), abs(down)):
            is_beside = abs(across) > abs(down)
            direction = ("leftwards" if across < 0 else "rightwards") if is_beside else "up" if down < 0 else "down"
            yield f"From the {thing.name} {direction}: {other.name}."


def _neighbours(scene: Scene) -> Iterator[str]:
    """What stands in the next cell of the grid."""
    by_place: dict[str, list[Thing]] = {}
    for thing in scene.things:
        by_place.setdefault(thing.place, []).append(thing)
    for place, things in by_place.items():
        cell = PLACES.index(place)
        for side, step, has_next in (("right", 1, cell % 3 < 2), ("lower", 3, cell < 6)):
            beside = by_place.get(PLACES[cell + step], []) if has_next else []
            if len(things) == 1 and len(beside) == 1:
                yield f"The {things[0].name} has as {side} neighbour {with_article(beside[0].name)}."


def _meetings(scene: Scene) -> Iterator[str]:
    """Which things stand apart from all others."""
    meeting = {scene.contact.first, scene.contact.second} if scene.contact else set()
    alone = [thing.name for number, thing in enumerate(scene.things) if number not in meeting]
    if alone:
        yield f"On {'its' if len(alone) == 1 else 'their'} own: {join_with_and(alone)}."


def _signs(scene: Scene) -> Iterator[str]:
    """What is written, once more than in the caption: few pictures have a sign."""
    if scene.sign:
        yield f"Written: {scene.sign.word}."


def _plural(shape: str, count: int) -> str:
    return shape if count == 1 else f"{shape}es" if shape.endswith("s") else f"{shape}s"


_STATERS: tuple[Callable[[Scene], Iterator[str]], ...] = (_counts, _sides, _neighbours, _meetings, _signs)
