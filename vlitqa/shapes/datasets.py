"""Instruction data about scenes, made in the ways in which published sets were made (the review, Table 2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.annotations import caption_of, describe_thing, join_with_and, naming_caption
from vlitqa.shapes.questions import SceneQuestion, place_phrase, questions_about, questions_in
from vlitqa.shapes.scenes import COLOURS, PLACES, SHAPES, Scene, scene_of, with_article

CAPTION_TEMPLATES = (
    *("Describe the picture.", "What is in the picture?"),
    *("Give a short description of the picture.", "What does the picture show?"),
)
_DETAIL_TEMPLATES = (
    *(
        "Describe the picture in detail.",
        "Tell me everything that you can see.",
        "Write down every thing and its place.",
    ),
    *("Give a full account of the picture.", "What would you say of the picture to someone who cannot see it?"),
    *("List all things with size, colour, shape and place.", "Explain the whole scene, thing by thing."),
)
_FEWEST_TURNS, _MOST_TURNS = 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionPair:
    """An instruction and its right response."""

    kind: str
    """The kind of a question, or `caption`, `detail`, `reasoned`, `negative`, `box`, `region`."""
    instruction: str
    response: str
    number: int
    """The number of the scene that it is about."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The pairs of one record, and the task that they belong to."""

    task: str
    pairs: Sequence[InstructionPair]


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneDraw:
    """One scene, and the generator with which a record about it is drawn."""

    seed: int
    number: int
    generator: random.Random
    scene: Scene

    @property
    def questions(self) -> list[SceneQuestion]:
        """The questions about the scene that can be asked without choices."""
        return [question for question in questions_about(self.scene) if question.kind != "name"]

    def pair(self, kind: str, instruction: str, response: str) -> InstructionPair:
        """An instruction about the scene and its response."""
        return InstructionPair(kind=kind, instruction=instruction, response=response, number=self.number)

    def pair_of(self, question: SceneQuestion) -> InstructionPair:
        """A question about the scene, answered by a sentence."""
        return self.pair(question.kind, question.text, question.sentence)


def records_of(name: str, seed: int, count: int) -> list[Record]:
    """So many records of a dataset, each about a scene of its own: the same for a seed, and a longer one goes on."""
    return [_record(seed, number, make_conversation(name, seed, number)) for number in range(count)]


def make_conversation(name: str, seed: int, number: int) -> Conversation:
    """The conversation of one record of a dataset."""
    generator = random.Random(f"{seed} {name} {number}")
    return MAKERS[name](SceneDraw(seed=seed, number=number, generator=generator, scene=scene_of(seed, number)))


def picture_name(number: int) -> str:
    """The file name of a scene's picture."""
    return f"{number:06d}.png"


def _adapted(draw: SceneDraw) -> Conversation:
    """Annotation adaption: captions under one of few templates."""
    template = draw.generator.choice(CAPTION_TEMPLATES)
    return Conversation("caption", [draw.pair("caption", template, naming_caption(draw.scene))])


def _generated(draw: SceneDraw) -> Conversation:
    """Self-instruct: a conversation, a detailed description or a reasoned answer."""
    task = ("conversation", "detail", "reasoning")[draw.number % 3]
    if task == "conversation":
        return Conversation(task, _some_pairs(draw))
    if task == "detail":
        template = draw.generator.choice(_DETAIL_TEMPLATES)
        return Conversation(task, [draw.pair("detail", template, caption_of(draw.scene))])
    question = draw.generator.choice(questions_in("Visual Reasoning", draw.scene))
    instruction = f"{question.text} Explain your answer."
    return Conversation(task, [draw.pair("reasoned", instruction, reasoned_answer(draw.scene, question))])


def _paired(draw: SceneDraw) -> Conversation:
    """In-context pairs: a question and its answer about one picture, then one of the same kind about another."""
    number = draw.generator.randrange(draw.number) if draw.number else 1
    earlier = replace(draw, number=number, scene=scene_of(draw.seed, number))
    kinds, earlier_kinds = ({question.kind for question in scene.questions} for scene in (draw, earlier))
    kind = draw.generator.choice(sorted(kinds & earlier_kinds))
    return Conversation("in context", [_pair_of_kind(kind, earlier), _pair_of_kind(kind, draw)])


def _guided(draw: SceneDraw) -> Conversation:
    """Guided by principles: several turns, among them what is not there, and a region or a place."""
    pairs = _some_pairs(draw)
    task = _guided_task(draw)
    if task != "global":
        pairs.insert(draw.generator.randint(0, len(pairs)), _special_pair(task, draw))
    return Conversation(task, pairs)


def _controlled(draw: SceneDraw) -> Conversation:
    """The same after quality control: no two questions of one kind, and every kind of question equally often."""
    kinds = draw.generator.sample(sorted({question.kind for question in draw.questions}), 3)
    pairs = [_pair_of_kind(kind, draw) for kind in kinds]
    task = _guided_task(draw)
    if task != "global":
        pairs[draw.generator.randrange(3)] = _special_pair(task, draw)
    return Conversation(task, pairs)


def _record(seed: int, number: int, conversation: Conversation) -> Record:
    """The record of a conversation; each picture stands at the first turn about it."""
    numbers = list(dict.fromkeys(pair.number for pair in conversation.pairs))
    turns, shown = [], set[int]()
    for pair in conversation.pairs:
        images = () if pair.number in shown else (numbers.index(pair.number),)
        turns.append(Turn(pair.instruction, pair.response, images))
        shown.add(pair.number)
    annotation = caption_of(scene_of(seed, number)) if len(numbers) == 1 else None
    refs = tuple(ImageRef(picture_name(number)) for number in numbers)
    return Record(tuple(turns), refs, f"{number}", task=conversation.task, annotation=annotation)


def _some_pairs(draw: SceneDraw) -> list[InstructionPair]:
    """A few questions with different texts, answered."""
    questions = draw.questions
    by_text = {question.text: question for question in draw.generator.sample(questions, len(questions))}
    count = draw.generator.randint(_FEWEST_TURNS, _MOST_TURNS)
    return [draw.pair_of(question) for question in list(by_text.values())[:count]]


def _pair_of_kind(kind: str, draw: SceneDraw) -> InstructionPair:
    """One question of a kind, answered."""
    return draw.pair_of(draw.generator.choice([question for question in draw.questions if question.kind == kind]))


def reasoned_answer(scene: Scene, question: SceneQuestion) -> str:
    """The answer to a question of two steps, with the first step before it."""
    if question.kind == "left":
        gone = [thing.name for thing in scene.in_reading_order if thing.colour == question.about[0]]
        return f"Of all {len(scene.things)} the {join_with_and(gone)} would go. {question.sentence}"
    name = question.about[1]
    thing = next(thing for thing in scene.things if thing.name == name)
    return f"The {name} is {place_phrase(thing.place)}. {question.sentence}"


def _guided_task(draw: SceneDraw) -> str:
    return ("global", "negative", "region")[draw.number % 3]


def _special_pair(task: str, draw: SceneDraw) -> InstructionPair:
    return _negative_pair(draw) if task == "negative" else _region_pair(draw)


def _negative_pair(draw: SceneDraw) -> InstructionPair:
    """A question about what is not there."""
    scene, generator = draw.scene, draw.generator
    present = {thing.name for thing in scene.things}
    absent = generator.choice(
        [name for colour in COLOURS for shape in SHAPES if (name := f"{colour} {shape}") not in present]
    )
    other = generator.choice(scene.things)
    instruction = f"Is there {with_article(absent)} in the picture?"
    return draw.pair("negative", instruction, f"No, there is no {absent}, but there is {other.phrase}.")


def _region_pair(draw: SceneDraw) -> InstructionPair:
    """A question about a box or a place."""
    scene, generator = draw.scene, draw.generator
    thing = generator.choice(scene.things)
    if generator.random() < 0.5:
        box = ", ".join(f"{edge:.2f}" for edge in thing.box)
        return draw.pair("box", f"What is in the box [{box}]?", f"In this box there is {describe_thing(thing)}.")
    place = generator.choice(PLACES)
    where = place_phrase(place)
    phrases = [thing.phrase for thing in scene.in_reading_order if thing.place == place]
    if scene.sign and scene.sign.place == place:
        phrases.append("a sign")
    content = f"there is {join_with_and(phrases)}" if phrases else "there is nothing"
    return draw.pair("region", f"What can be seen {where}?", f"{where[0].upper()}{where[1:]} {content}.")


MAKERS: Mapping[str, Callable[[SceneDraw], Conversation]] = {
    "adapted": _adapted,
    "generated": _generated,
    "paired": _paired,
    "guided": _guided,
    "controlled": _controlled,
}
"""By name of the dataset: what makes the conversation of a record."""
