"""Questions about scenes in the nine dimensions of SEED-Bench, each with its only right answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

from vlitqa.shapes.scenes import PLACES, SHAPES, TOUCHABLE, Scene, Thing

DIMENSIONS = (
    *("Scene Understanding", "Instance Identity", "Instance Attributes", "Instance Location", "Instances Counting"),
    *("Spatial Relation", "Instance Interaction", "Visual Reasoning", "Text Recognition"),
)
RELATIONS = ("to the left of it", "to the right of it", "above it", "below it")
MEETINGS: Mapping[str, str] = {
    "touching": "they touch",
    "inside": "one lies inside the other",
    "overlapping": "they overlap",
    "": "they do not meet",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: questions of one kind have answers of one kind, from which wrong ones can be taken."""

    dimension: str
    kind: str
    text: str
    answer: str
    topic: str = ""
    """What of the text could hint at the answer, because not every answer is as frequent with it: a shape."""
    about: tuple[str, ...] = ()
    """The names in the text."""

    @property
    def sentence(self) -> str:
        """The answer as one says it."""
        told = _SENTENCES[self.kind].format(*self.about, answer=self.answer, at=at(self.answer))
        return told.replace("There are 1 things", "There is 1 thing").replace("1 things would", "1 thing would")


_SENTENCES: Mapping[str, str] = {
    "background": "The background is {answer}.",
    "name": "There is {answer} in the picture.",
    "shape": "The {0} thing is a {answer}.",
    "look": "The {0} is {answer}.",
    "colour": "The {0} is {answer}.",
    "place": "The {0} is {at}.",
    "all": "There are {answer} things.",
    "some": "I count {answer} {0}.",
    "side": "Seen from the {1}, the {0} is {answer}.",
    "meeting": "Of the {0} and the {1} I can say that {answer}.",
    "neighbour": "The thing directly {0} the {1} is {answer}.",
    "left": "Without the {0} ones {answer} things would be left.",
    "word": "The sign says {answer}.",
}


def at(place: str) -> str:
    """`at the top left`, `in the middle`, `on the left`."""
    return f"{'in' if place == 'middle' else 'on' if place in ('left', 'right') else 'at'} the {place}"


def questions_about(scene: Scene) -> list[Asked]:
    """All questions of all dimensions that the scene answers."""
    return [question for dimension in DIMENSIONS for question in _ASKERS[dimension](scene)]


def questions_in(dimension: str, scene: Scene) -> list[Asked]:
    return list(_ASKERS[dimension](scene))


def _understanding(scene: Scene) -> Iterator[Asked]:
    yield Asked(DIMENSIONS[0], "background", "What is the background of the picture like?", scene.background)


def _identity(scene: Scene) -> Iterator[Asked]:
    dimension = DIMENSIONS[1]
    for thing in scene.things:
        yield Asked(dimension, "name", "Which of these is in the picture?", thing.one)
        if _count(scene, colour=thing.colour) == 1:
            yield Asked(
                dimension, "shape", f"What shape is the {thing.colour} thing?", thing.shape, "", (thing.colour,)
            )


def _attributes(scene: Scene) -> Iterator[Asked]:
    dimension = DIMENSIONS[2]
    for thing in scene.things:
        if not _nested(scene, thing):  # those have sizes of their own
            look = f"{thing.size} and {thing.fill}"
            yield Asked(dimension, "look", f"What is the {thing.name} like?", look, "", (thing.name,))
        if _count(scene, shape=thing.shape) == 1:
            yield Asked(dimension, "colour", f"What colour is the {thing.shape}?", thing.colour, "", (thing.shape,))


def _location(scene: Scene) -> Iterator[Asked]:
    for thing in scene.things:
        text = f"Where in the picture is the {thing.name}?"
        yield Asked(DIMENSIONS[3], "place", text, thing.place, thing.shape, (thing.name,))


def _counting(scene: Scene) -> Iterator[Asked]:
    dimension = DIMENSIONS[4]
    yield Asked(dimension, "all", "How many things are in the picture?", str(len(scene.things)))
    for shape in SHAPES:
        many = f"{shape}{_plural(shape)}"
        yield Asked(dimension, "some", f"How many {many} are there?", str(_count(scene, shape=shape)), shape, (many,))


def _relation(scene: Scene) -> Iterator[Asked]:
    for one, other in permutations(scene.things, 2):
        if not _meet(scene, one, other) and (side := _side_of(one, other)) is not None:
            text = f"Seen from the {other.name}, where is the {one.name}?"
            yield Asked(DIMENSIONS[5], "side", text, RELATIONS[side], "", (one.name, other.name))


def _interaction(scene: Scene) -> Iterator[Asked]:
    """Only of shapes that can meet: of others the answer would be known without a look."""
    for one, other in permutations([thing for thing in scene.things if thing.shape in TOUCHABLE], 2):
        kind = scene.contact.kind if scene.contact and _meet(scene, one, other) else ""
        text = f"How do the {one.name} and the {other.name} meet?"
        yield Asked(DIMENSIONS[6], "meeting", text, MEETINGS[kind], "", (one.name, other.name))


def _reasoning(scene: Scene) -> Iterator[Asked]:
    """What takes two steps: find one thing, then another by it; or count what would be left."""
    dimension = DIMENSIONS[7]
    by_place = {thing.place: thing for thing in scene.things}
    for thing in scene.things:
        for direction, step in (("to the right of", 1), ("below", 3)):
            here = PLACES.index(thing.place)
            fits = here % 3 < 2 if step == 1 else here < 6
            beside = by_place.get(PLACES[here + step]) if fits else None
            if beside and by_place[thing.place] is thing and not _nested(scene, thing, beside):
                text = f"What colour is the thing directly {direction} the {thing.name}?"
                names = (direction, thing.name)
                yield Asked(dimension, "neighbour", text, beside.colour, "", names)
    for colour, count in Counter(thing.colour for thing in scene.things).items():
        text = f"How many things would be left if every {colour} one were taken away?"
        yield Asked(dimension, "left", text, str(len(scene.things) - count), "", (colour,))


def _reading(scene: Scene) -> Iterator[Asked]:
    if scene.sign:
        yield Asked(DIMENSIONS[8], "word", "What does the sign say?", scene.sign.word)


def _count(scene: Scene, *, shape: str = "", colour: str = "") -> int:
    return sum(shape in ("", thing.shape) and colour in ("", thing.colour) for thing in scene.things)


def _plural(shape: str) -> str:
    return "es" if shape.endswith("s") else "s"


def _meet(scene: Scene, *things: Thing) -> bool:
    met = scene.contact and {scene.things[scene.contact.first], scene.things[scene.contact.second]}
    return met == set(things)


def _side_of(one: Thing, other: Thing) -> int | None:
    """On which side of another a thing is; None where two would do, or neither."""
    across, down = one.x - other.x, one.y - other.y
    if max(abs(across), abs(down)) < 0.1 or min(abs(across), abs(down)) > 0.1:
        return None
    return (0 if across < 0 else 1) if abs(across) > abs(down) else (2 if down < 0 else 3)


def _nested(scene: Scene, *things: Thing) -> bool:
    """Whether one of them shares its place with another: `directly beside` would then mean two."""
    return any(sum(each.place == thing.place for each in scene.things) > 1 for thing in things)


_ASKERS: Mapping[str, Callable[[Scene], Iterator[Asked]]] = dict(
    zip(
        DIMENSIONS,
        (_understanding, _identity, _attributes, _location, _counting, _relation, _interaction, _reasoning, _reading),
        strict=True,
    )
)
