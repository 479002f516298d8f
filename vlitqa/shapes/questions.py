"""Questions about scenes in the nine dimensions of SEED-Bench, each with its only right answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

from vlitqa.shapes.scenes import PLACES, SHAPES, TOUCHABLE, Scene, Thing

RELATIONS = ("to the left of it", "to the right of it", "above it", "below it")
MEETINGS: Mapping[str, str] = {
    "touching": "they touch",
    "inside": "one lies inside the other",
    "overlapping": "they overlap",
    "": "they do not meet",
}
"""The answer by kind of contact; the empty one is that of two things that are apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneQuestion:
    """One question about a scene; all questions of a kind have answers of one kind, so wrong ones can be drawn."""

    kind: str
    text: str
    answer: str
    topic: str = ""
    """A shape in the text that could hint at the answer, because answers are not equally frequent with it."""
    about: tuple[str, ...] = ()
    """The names in the text."""

    @property
    def sentence(self) -> str:
        """The answer as a whole sentence."""
        text = _SENTENCES[self.kind].format(*self.about, answer=self.answer, where=place_phrase(self.answer))
        return text.replace("There are 1 things", "There is 1 thing").replace("1 things would", "1 thing would")


_SENTENCES: Mapping[str, str] = {
    "background": "The background is {answer}.",
    "name": "There is {answer} in the picture.",
    "shape": "The {0} thing is a {answer}.",
    "look": "The {0} is {answer}.",
    "colour": "The {0} is {answer}.",
    "place": "The {0} is {where}.",
    "all": "There are {answer} things.",
    "some": "I count {answer} {0}.",
    "side": "Seen from the {1}, the {0} is {answer}.",
    "meeting": "Of the {0} and the {1} I can say that {answer}.",
    "neighbour": "The thing directly {0} the {1} is {answer}.",
    "left": "Without the {0} ones {answer} things would be left.",
    "word": "The sign says {answer}.",
}
"""By kind of question: its answer as a sentence."""


def place_phrase(place: str) -> str:
    """A place behind its preposition: `at the top left`, `in the middle`, `on the left`."""
    return f"{'in' if place == 'middle' else 'on' if place in ('left', 'right') else 'at'} the {place}"


def questions_about(scene: Scene) -> list[SceneQuestion]:
    """All questions of all dimensions that the scene answers."""
    return [question for dimension in DIMENSIONS for question in _ASKERS[dimension](scene)]


def questions_in(dimension: str, scene: Scene) -> list[SceneQuestion]:
    """The questions of one dimension that the scene answers."""
    return list(_ASKERS[dimension](scene))


def _scene_understanding(scene: Scene) -> Iterator[SceneQuestion]:
    text = "What is the background of the picture like?"
    yield SceneQuestion(kind="background", text=text, answer=scene.background)


def _instance_identity(scene: Scene) -> Iterator[SceneQuestion]:
    for thing in scene.things:
        yield SceneQuestion(kind="name", text="Which of these is in the picture?", answer=thing.phrase)
        if _count(scene, colour=thing.colour) == 1:
            text = f"What shape is the {thing.colour} thing?"
            yield SceneQuestion(kind="shape", text=text, answer=thing.shape, about=(thing.colour,))


def _instance_attributes(scene: Scene) -> Iterator[SceneQuestion]:
    alone = _things_alone(scene)
    for thing in scene.things:
        if thing.place in alone:  # nested things have sizes of their own
            text, look = f"What is the {thing.name} like?", f"{thing.size} and {thing.fill}"
            yield SceneQuestion(kind="look", text=text, answer=look, about=(thing.name,))
        if _count(scene, shape=thing.shape) == 1:
            text = f"What colour is the {thing.shape}?"
            yield SceneQuestion(kind="colour", text=text, answer=thing.colour, about=(thing.shape,))


def _instance_location(scene: Scene) -> Iterator[SceneQuestion]:
    for thing in scene.things:
        text = f"Where in the picture is the {thing.name}?"
        yield SceneQuestion(kind="place", text=text, answer=thing.place, topic=thing.shape, about=(thing.name,))


def _instances_counting(scene: Scene) -> Iterator[SceneQuestion]:
    yield SceneQuestion(kind="all", text="How many things are in the picture?", answer=str(len(scene.things)))
    for shape in SHAPES:
        plural = f"{shape}es" if shape.endswith("s") else f"{shape}s"
        text, count = f"How many {plural} are there?", _count(scene, shape=shape)
        yield SceneQuestion(kind="some", text=text, answer=str(count), topic=shape, about=(plural,))


def _spatial_relation(scene: Scene) -> Iterator[SceneQuestion]:
    for thing, other in permutations(scene.things, 2):
        if not _are_in_contact(scene, thing, other) and (relation := _relation_of(thing, other)) is not None:
            text = f"Seen from the {other.name}, where is the {thing.name}?"
            yield SceneQuestion(kind="side", text=text, answer=relation, about=(thing.name, other.name))


def _instance_interaction(scene: Scene) -> Iterator[SceneQuestion]:
    """Questions about shapes that can meet; the answer about others would be known without a look."""
    for thing, other in permutations([thing for thing in scene.things if thing.shape in TOUCHABLE], 2):
        kind = scene.contact.kind if scene.contact and _are_in_contact(scene, thing, other) else ""
        text = f"How do the {thing.name} and the {other.name} meet?"
        yield SceneQuestion(kind="meeting", text=text, answer=MEETINGS[kind], about=(thing.name, other.name))


def _visual_reasoning(scene: Scene) -> Iterator[SceneQuestion]:
    """Questions of two steps: find one thing, then another by it; or count what would be left."""
    alone = _things_alone(scene)
    for place, thing in alone.items():
        cell = PLACES.index(place)
        for direction, step in (("to the right of", 1), ("below", 3)):
            has_neighbour = cell % 3 < 2 if step == 1 else cell < 6
            neighbour = alone.get(PLACES[cell + step]) if has_neighbour else None
            if neighbour:
                text = f"What colour is the thing directly {direction} the {thing.name}?"
                names = (direction, thing.name)
                yield SceneQuestion(kind="neighbour", text=text, answer=neighbour.colour, about=names)
    for colour, count in Counter(thing.colour for thing in scene.things).items():
        text = f"How many things would be left if every {colour} one were taken away?"
        yield SceneQuestion(kind="left", text=text, answer=str(len(scene.things) - count), about=(colour,))


def _text_recognition(scene: Scene) -> Iterator[SceneQuestion]:
    if scene.sign:
        yield SceneQuestion(kind="word", text="What does the sign say?", answer=scene.sign.word)


_ASKERS: Mapping[str, Callable[[Scene], Iterator[SceneQuestion]]] = {
    "Scene Understanding": _scene_understanding,
    "Instance Identity": _instance_identity,
    "Instance Attributes": _instance_attributes,
    "Instance Location": _instance_location,
    "Instances Counting": _instances_counting,
    "Spatial Relation": _spatial_relation,
    "Instance Interaction": _instance_interaction,
    "Visual Reasoning": _visual_reasoning,
    "Text Recognition": _text_recognition,
}
DIMENSIONS = tuple(_ASKERS)
"""SEED-Bench's own names of its image dimensions, in its order."""


def _count(scene: Scene, *, shape: str = "", colour: str = "") -> int:
    return sum(shape in ("", thing.shape) and colour in ("", thing.colour) for thing in scene.things)


def _are_in_contact(scene: Scene, thing: Thing, other: Thing) -> bool:
    contact = scene.contact
    return contact is not None and {scene.things[contact.first], scene.things[contact.second]} == {thing, other}


def _relation_of(thing: Thing, other: Thing) -> str | None:
    """The side of another on which a thing is; None where two would do, or neither."""
    across, down = thing.x - other.x, thing.y - other.y
    if max(abs(across), abs(down)) < 0.1 or min(abs(across), abs(down)) > 0.1:
        return None
    left, right, above, below = RELATIONS
    return (left if across < 0 else right) if abs(across) > abs(down) else (above if down < 0 else below)


def _things_alone(scene: Scene) -> dict[str, Thing]:
    """By place, in their order, the things that share it with no other: `directly beside` would else mean two."""
    by_place: dict[str, list[Thing]] = {}
    for thing in scene.things:
        by_place.setdefault(thing.place, []).append(thing)
    return {place: things[0] for place, things in by_place.items() if len(things) == 1}
