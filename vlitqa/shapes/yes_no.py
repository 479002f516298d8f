"""Pairs of questions about a scene, of which one is answered by yes and one by no, as MME asks them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from vlitqa.shapes.questions import RELATIONS, questions_in
from vlitqa.shapes.scenes import BACKGROUNDS, COLOURS, SHAPES, SIGN_WORDS, Scene, scene_of, with_article

_DEMAND = "Please answer yes or no."
_RELATION_WORDS = ("to the left of", "to the right of", "above", "below")
"""The relations, in the words of a statement."""
_Texts = tuple[str, str]
"""A question that is answered by yes, and one that is answered by no."""


@dataclass(frozen=True, slots=True)
class YesNoPair:
    """Two questions about a scene: the first is answered by yes, the second by no."""

    number: int
    """The number of the scene."""
    true: str
    false: str


def yes_no_pairs_in(subtask: str, seed: int, count: int) -> list[YesNoPair]:
    """So many pairs of a subtask, each about a scene of its own."""
    generator = random.Random(f"{seed} {subtask}")
    pairs: list[YesNoPair] = []
    number = 0
    while len(pairs) < count:
        candidates = list(PAIR_MAKERS[subtask](scene_of(seed, number), generator))
        if candidates:
            true, false = generator.choice(candidates)
            pairs.append(YesNoPair(number, f"{true} {_DEMAND}", f"{false} {_DEMAND}"))
        number += 1
    return pairs


def _existence(scene: Scene, generator: random.Random) -> Iterator[_Texts]:
    present = {thing.name for thing in scene.things}
    absent = [name for colour in COLOURS for shape in SHAPES if (name := f"{colour} {shape}") not in present]
    for thing in scene.things:
        wrong = with_article(generator.choice(absent))
        yield f"Is there {thing.phrase} in the picture?", f"Is there {wrong} in the picture?"


def _count(scene: Scene, generator: random.Random) -> Iterator[_Texts]:
    right = len(scene.things)
    wrong = generator.choice([number for number in range(1, 7) if number != right])
    yield f"Is the number of things in the picture {right}?", f"Is the number of things in the picture {wrong}?"


def _position(scene: Scene, _generator: random.Random) -> Iterator[_Texts]:
    for question in questions_in("Spatial Relation", scene):
        thing, other = question.about
        relation = RELATIONS.index(question.answer)
        opposite = relation ^ 1
        yield (
            f"Is the {thing} {_RELATION_WORDS[relation]} the {other}?",
            (f"Is the {thing} {_RELATION_WORDS[opposite]} the {other}?"),
        )


def _colour(scene: Scene, generator: random.Random) -> Iterator[_Texts]:
    for shape, count in Counter(thing.shape for thing in scene.things).items():
        right = next(thing.colour for thing in scene.things if thing.shape == shape)
        if count == 1:
            wrong = generator.choice([colour for colour in COLOURS if colour != right])
            yield f"Is the {shape} {right}?", f"Is the {shape} {wrong}?"


def _background(scene: Scene, generator: random.Random) -> Iterator[_Texts]:
    wrong = generator.choice([background for background in BACKGROUNDS if background != scene.background])
    yield f"Is the background of the picture {scene.background}?", f"Is the background of the picture {wrong}?"


def _reading(scene: Scene, generator: random.Random) -> Iterator[_Texts]:
    if scene.sign:
        wrong = generator.choice([word for word in SIGN_WORDS if word != scene.sign.word])
        yield f'Is the word on the sign "{scene.sign.word}"?', f'Is the word on the sign "{wrong}"?'


def _calculation(scene: Scene, generator: random.Random) -> Iterator[_Texts]:
    for colour, count in Counter(thing.colour for thing in scene.things).items():
        right = len(scene.things) - count
        wrong = generator.choice([number for number in range(6) if number != right])
        claim = f"things are left if every {colour} one is taken away. Is this right?"
        yield f"{right} {claim}", f"{wrong} {claim}"


PAIR_MAKERS: Mapping[str, Callable[[Scene, random.Random], Iterator[_Texts]]] = {
    "existence": _existence,
    "count": _count,
    "position": _position,
    "color": _colour,
    "scene": _background,
    "OCR": _reading,
    "numerical_calculation": _calculation,
}
"""By MME's own name of each subtask that the world can ask: what makes its questions about a scene."""
