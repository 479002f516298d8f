"""Right conversations about scenes, as a writer should make them of descriptions alone: what the nano writer learns.

A conversation is a text with a line for each message. The kinds are those of the review's data (global, negative,
region), and TextBind's dialogues, in which pictures stand between the words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vlitqa.shapes.annotations import describe_thing, join_with_and, naming_caption
from vlitqa.shapes.datasets import reasoned_answer
from vlitqa.shapes.questions import SceneQuestion, questions_about, questions_in
from vlitqa.shapes.scenes import COLOURS, SHAPES, Scene, Thing, scene_of, with_article

GLOBAL, COMPLEX, NEGATIVE, REGION = "global", "complex", "negative", "region"
CONVERSATION_KINDS = (GLOBAL, COMPLEX, NEGATIVE, REGION)
"""The review's three, and questions of several steps, which it asks for by a constraint."""
_NEGATIVE_SHARE, _REASONED_SHARE = 0.6, 0.5
_ABSENT = (
    ("Is there {thing} in the picture?", "No, there is no {name}, but there is {other}."),
    ("Can you see {thing}?", "No, I see no {name}. What I do see is {other}."),
    ("Where is the {name}?", "There is no {name} in the picture. You may mean {other}."),
    ("How large is the {name}?", "The picture shows no {name}, so it has no size."),
)
_PRESENT = (
    ("Is there {thing} in the picture?", "Yes, there is {thing}."),
    ("Can you see {thing}?", "Yes, I can see {thing}."),
)
_REQUESTS = ("Show me a picture with {thing}.", "Please find me a picture of {thing}.", "I would like to see {thing}.")
_SHOWN = ("Here is one: {tag}", "Here you are. {tag}", "Look at this: {tag}")
_LOOKS = ("What do you see here?", "What does this picture show?", "Tell me about it.")


def scene_conversation(scene: Scene, kind: str, turns: int, dice: random.Random, *, thing: Thing | None = None) -> str:
    """A conversation of one kind and so many turns; one about a region needs the thing in it."""
    pairs = _region_pairs(scene, thing, turns, dice) if thing else _pairs(scene, kind, turns, dice)
    return "".join(f"User: {instruction}\nAI: {response}\n" for instruction, response in pairs)


def reasoned_conversation(scene: Scene, turns: int, dice: random.Random) -> str:
    """A conversation half of whose questions take two steps and are answered with reasons."""
    reasoned = questions_in("Visual Reasoning", scene)
    pairs = dict[str, str]()
    while reasoned and len(pairs) < turns * _REASONED_SHARE:
        question = reasoned.pop(dice.randrange(len(reasoned)))
        pairs[f"{question.text} Explain your answer."] = reasoned_answer(scene, question)
    pairs |= dict(_pairs(scene, GLOBAL, turns - len(pairs), dice))
    lines = dice.sample(list(pairs.items()), len(pairs))
    return "".join(f"User: {instruction}\nAI: {response}\n" for instruction, response in lines)


def region_words(thing: Thing) -> str:
    """A thing and its box, as a writer is told of the region that a conversation is about."""
    return f"{thing.name} [{', '.join(f'{edge:.2f}' for edge in thing.box)}]"


def scene_dialogue(seed: int, numbers: Sequence[int], turns: int, dice: random.Random) -> str:
    """A dialogue in which the pictures of these scenes stand between the words, each with its short caption."""
    dialogue = _Dialogue([scene_of(seed, number) for number in numbers], dice)
    for turn in range(turns):
        dialogue.add_turn(is_last=turn == turns - 1)
    return "".join(f"Human: {human}\nAssistant: {assistant}\n" for human, assistant in dialogue.turns)


def picture_tag(number: int, caption: str) -> str:
    """A picture between the words of a dialogue, in TextBind's notation."""
    return f"<img{number}> {caption} </img{number}>"


def _pairs(scene: Scene, kind: str, turns: int, dice: random.Random) -> list[tuple[str, str]]:
    questions = _told_questions(scene)
    texts = {question.text: question.sentence for question in dice.sample(questions, len(questions))}
    plain = iter(texts.items())
    pairs = dict[str, str]()
    while len(pairs) < turns:
        is_negative = kind == NEGATIVE and dice.random() < _NEGATIVE_SHARE
        instruction, response = _presence_pair(scene, dice) if is_negative else next(plain, _presence_pair(scene, dice))
        pairs.setdefault(instruction, response)
    return list(pairs.items())


def _presence_pair(scene: Scene, dice: random.Random) -> tuple[str, str]:
    """A question after a thing that is absent, and now and then after one that is there."""
    other = dice.choice(scene.things)
    if dice.random() < 0.3:
        form = dice.choice(_PRESENT)
        return form[0].format(thing=other.phrase), form[1].format(thing=other.phrase)
    present = {thing.name for thing in scene.things}
    absent = [name for colour in COLOURS for shape in SHAPES if (name := f"{colour} {shape}") not in present]
    name = dice.choice(absent)
    instruction, response = dice.choice(_ABSENT)
    words = {"thing": with_article(name), "name": name, "other": other.phrase}
    return instruction.format(**words), response.format(**words)


def _region_pairs(scene: Scene, thing: Thing, turns: int, dice: random.Random) -> list[tuple[str, str]]:
    """Questions about the thing in a box, the first of which is what it is."""
    box = region_words(thing).removeprefix(f"{thing.name} ")
    pairs = {f"What is in the box {box}?": f"In this box there is {describe_thing(thing)}."}
    about = [question for question in _told_questions(scene) if thing.name in question.about]
    others = {question.text: question.sentence for question in dice.sample(about, len(about))}
    pairs |= dict(list(others.items())[: turns - 1])
    return list((pairs | dict(_pairs(scene, GLOBAL, turns, dice))).items())[:turns]


def _told_questions(scene: Scene) -> list[SceneQuestion]:
    """The questions that a description answers."""
    return [question for question in questions_about(scene) if question.kind != "name"]


@dataclass(slots=True)
class _Dialogue:
    """A dialogue about pictures as it grows."""

    scenes: Sequence[Scene]
    dice: random.Random
    turns: list[tuple[str, str]] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    """The numbers of the pictures that were shown, in their order."""
    asked_from: int = 0
    """The first turn since a picture was shown last."""

    def add_turn(self, *, is_last: bool) -> None:
        """Adds a turn: a picture that is shown or asked for, or a question about those before; none if all is asked."""
        unshown = [number for number in range(len(self.scenes)) if number not in self.shown]
        asked = {human for human, _ in self.turns[self.asked_from :]}
        questions = [turn for turn in self._questions() if turn[0] not in asked] if self.shown else []
        if unshown and (not questions or is_last or self.dice.random() < 0.75):
            number = unshown[0] if self.dice.random() < 0.5 else self.dice.choice(unshown)
            self.turns.append(self._shown_by_human(number) if self.dice.random() < 0.5 else self._asked_for(number))
            self.shown.append(number)
            self.asked_from = len(self.turns)
        elif questions:
            self.turns.append(self.dice.choice(questions))

    def _tag(self, number: int) -> str:
        return picture_tag(number, naming_caption(self.scenes[number]))

    def _shown_by_human(self, number: int) -> tuple[str, str]:
        names = join_with_and([thing.phrase for thing in self.scenes[number].in_reading_order])
        look = self.dice.choice(_LOOKS)
        human = f"{self._tag(number)} {look}" if self.dice.random() < 0.5 else f"{look} {self._tag(number)}"
        return human, f"I see {names}."

    def _asked_for(self, number: int) -> tuple[str, str]:
        things = self.scenes[number].in_reading_order
        wanted = self.dice.choice(things)
        others = [thing.phrase for thing in things if thing is not wanted]
        shown = self.dice.choice(_SHOWN).format(tag=self._tag(number))
        more = f" It also shows {join_with_and(others)}." if others else " It shows nothing else."
        return self.dice.choice(_REQUESTS).format(thing=wanted.phrase), f"{shown}{more}"

    def _questions(self) -> Iterator[tuple[str, str]]:
        """Questions about the pictures that were shown last, with their answers."""
        count = len(self.scenes[self.shown[-1]].things)
        yield "How many things does the last picture show?", f"It shows {count} thing{'' if count == 1 else 's'}."
        if len(self.shown) < 2:
            return
        first, second = (self.scenes[number] for number in self.shown[-2:])
        shared = [thing.phrase for thing in first.in_reading_order if thing.name in _names(second)]
        answer = f"Both show {join_with_and(shared)}." if shared else "They have nothing in common."
        yield "What do the last two pictures have in common?", answer
        yield (
            "Which of the last two pictures shows more things?",
            _compare_counts(len(first.things), len(second.things)),
        )


def _compare_counts(first: int, second: int) -> str:
    if first == second:
        return f"Both show {first}."
    more = "first" if first > second else "second"
    return f"The {more} of them: it shows {max(first, second)}, the other {min(first, second)}."


def _names(scene: Scene) -> frozenset[str]:
    return frozenset(thing.name for thing in scene.things)
