"""Lessons for nano models: instructions about scenes with answers that are right, or wrong in a known way."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from reference_models.nano.training_scenes import TRAINING_SEED
from vlitqa.algorithms.negation import negate
from vlitqa.shapes.datasets import CAPTION_TEMPLATES, MAKERS, InstructionPair, make_conversation
from vlitqa.shapes.questions import MEETINGS, RELATIONS, SceneQuestion, questions_about
from vlitqa.shapes.scenes import BACKGROUNDS, COLOURS, FILLS, PLACES, SHAPES, SIGN_WORDS, SIZES, Scene, scene_of
from vlitqa.shapes.yes_no import PAIR_MAKERS

SHORT_ANSWER_REQUEST = "Answer the question using a single word or phrase."
"""The sentence with which LLaVA's data ask for a short answer, which would be a surprise otherwise."""
_ONE_PICTURE_DATASETS = tuple(name for name in MAKERS if name != "paired")
_KIND_OF_SUBTASK = {
    "existence": "existence",
    "count": "all",
    "position": "side",
    "color": "colour",
    "scene": "background",
    "OCR": "word",
    "numerical_calculation": "left",
}
"""The kind of question that each of MME's subtasks asks."""
_WORD_FAMILIES = (
    *(tuple(COLOURS), tuple(SHAPES), tuple(SIZES), FILLS, PLACES, BACKGROUNDS, SIGN_WORDS, RELATIONS),
    *(tuple(MEETINGS.values()), tuple(map(str, range(7))), ("Yes", "No")),
)
_FAMILY_OF_WORD = {word: family for family in _WORD_FAMILIES for word in family}
_FAMILY_WORD = re.compile(
    "|".join(rf"\b{re.escape(word)}\b" for word in sorted(_FAMILY_OF_WORD, key=len, reverse=True))
)
_NEGATIVES_PER_WORD = 2
_NEGATABLE_KINDS = {"background", "look", "colour", "place", "all", "side", "neighbour", "left", "shape"}
"""Kinds of questions whose wrong sentences become right by a `not`."""


@dataclass(frozen=True, slots=True)
class NegativeWord:
    """A word that would be wrong in a right answer."""

    start: int
    """The character of the answer at which the word that it replaces begins."""
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """An instruction about a scene with an answer that is right or wrong."""

    scene_number: int
    kind: str
    instruction: str
    answer: str
    is_right: bool
    wrong_from: int = 0
    """The character from which on a wrong answer differs from the right one."""
    negative_words: tuple[NegativeWord, ...] = ()
    """Wrong words for some words of a right answer."""


def lessons_about(scene_number: int, count: int, dice: random.Random, seed: int = TRAINING_SEED) -> list[Lesson]:
    """Draws lessons about a scene: for every instruction a right answer and a wrong one, in any order."""
    scene = scene_of(seed, scene_number)
    questions = questions_about(scene)
    lessons: list[Lesson] = []
    while len(lessons) < count:
        draw = dice.random()
        if draw < 0.1:
            pair = _yes_no_pair(scene_number, scene, dice)
        elif draw < 0.5:
            pair = _pair_about(_question_turn(questions, scene_number, dice), scene, seed, dice)
        else:
            pair = _pair_about(_dataset_turn(seed, scene_number, dice), scene, seed, dice)
        lessons += dice.sample(pair, len(pair))
    return lessons[:count]


def add_negative_words(right: Lesson, scene: Scene, dice: random.Random) -> Lesson:
    """Returns a right lesson with a few wrong words for every content word of its answer."""
    negatives = []
    for match in _content_words(right.answer):
        others = [word for word in _FAMILY_OF_WORD[match[0]] if not match[0].startswith(word)]
        words = dice.sample(others, min(_NEGATIVES_PER_WORD, len(others)))
        candidates = [NegativeWord(match.start(), word) for word in words]
        negatives += [negative for negative in candidates if not _may_begin_right_answer(right, negative, scene)]
    return replace(right, negative_words=tuple(negatives))


def make_wrong(right: Lesson, answer: str) -> Lesson:
    """Returns a right lesson with a wrong answer in the place of its own."""
    wrong_from = count_common_prefix(right.answer, answer)
    return replace(right, answer=answer, is_right=False, wrong_from=wrong_from, negative_words=())


def count_common_prefix(first: Sequence[object], second: Sequence[object]) -> int:
    """Counts the characters, or tokens, with which both sequences begin."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))))


def _yes_no_pair(number: int, scene: Scene, dice: random.Random) -> list[Lesson]:
    """Draws a question that is answered by yes or by no, with both answers; empty where a subtask has none."""
    subtask = dice.choice(sorted(PAIR_MAKERS))
    questions = list(PAIR_MAKERS[subtask](scene, dice))
    if not questions:
        return []
    is_true = dice.random() < 0.5
    text = dice.choice(questions)[0 if is_true else 1]
    if dice.random() < 0.7:
        text += " Please answer yes or no."
    answer, wrong_answer = ("Yes", "No") if is_true else ("No", "Yes")
    kind = _KIND_OF_SUBTASK[subtask]
    right = Lesson(scene_number=number, kind=kind, instruction=text, answer=answer, is_right=True)
    right = add_negative_words(right, scene, dice)
    return [right, make_wrong(right, wrong_answer)]


def _question_turn(questions: Sequence[SceneQuestion], number: int, dice: random.Random) -> InstructionPair:
    """Draws a question, all kinds equally often, answered in a word or in a sentence."""
    kind = dice.choice(sorted({question.kind for question in questions}))
    question = dice.choice([question for question in questions if question.kind == kind])
    if dice.random() < 0.5:
        return InstructionPair(kind=kind, instruction=question.text, response=question.sentence, number=number)
    instruction = f"{question.text} {SHORT_ANSWER_REQUEST}"
    return InstructionPair(kind=kind, instruction=instruction, response=question.answer, number=number)


def _dataset_turn(seed: int, number: int, dice: random.Random) -> InstructionPair:
    """Draws a turn of a record that some dataset has about the scene."""
    return dice.choice(make_conversation(dice.choice(_ONE_PICTURE_DATASETS), seed, number).pairs)


def _pair_about(turn: InstructionPair, scene: Scene, seed: int, dice: random.Random) -> list[Lesson]:
    """Makes a right and a wrong lesson of a turn, sometimes under an instruction that asks for a caption."""
    right = Lesson(
        scene_number=turn.number, kind=turn.kind, instruction=turn.instruction, answer=turn.response, is_right=True
    )
    if right.answer[-1:] == "." and dice.random() < 0.1:
        right = replace(right, kind="caption", instruction=dice.choice(CAPTION_TEMPLATES))
    return _pair_with_wrong(add_negative_words(right, scene, dice), scene, seed, dice)


def _pair_with_wrong(right: Lesson, scene: Scene, seed: int, dice: random.Random) -> list[Lesson]:
    """Pairs a lesson with a wrong one; sometimes the right one is the opposite of the wrong one."""
    fault = dice.choice(_FAULTS)
    other = fault(right, seed, dice)
    if other is None or other == right.answer or _is_right_too(right, other, scene):
        return []
    if fault is _exchange_word and right.kind in _NEGATABLE_KINDS and dice.random() < 0.3:
        opposite = negate(other)
        if opposite and " not " in opposite:
            return [replace(right, answer=opposite, negative_words=()), make_wrong(right, other)]
    return [right, make_wrong(right, other)]


def _may_begin_right_answer(right: Lesson, negative: NegativeWord, scene: Scene) -> bool:
    """True if a right answer could begin like this one and go on with the negative word."""
    if right.instruction in CAPTION_TEMPLATES:
        beginning = right.answer[: negative.start] + negative.word
        return any(question.sentence.startswith(beginning) for question in questions_about(scene))
    names = (thing.name.split() for thing in scene.things)
    return right.kind in ("name", "negative") and any(negative.word in words for words in names)


def _is_right_too(right: Lesson, answer: str, scene: Scene) -> bool:
    """True if another answer is right as well, because a scene has several things and many true sentences."""
    if right.instruction in CAPTION_TEMPLATES and answer in {question.sentence for question in questions_about(scene)}:
        return True
    return right.kind in ("name", "negative") and any(thing.name in answer for thing in scene.things)


def _content_words(answer: str) -> list[re.Match[str]]:
    """Finds the words that make an answer right or wrong; words that repeat the question are left out."""
    return list(_FAMILY_WORD.finditer(answer, answer.find("but there is") + 1))


def _exchange_word(right: Lesson, _seed: int, dice: random.Random) -> str | None:
    """Exchanges one word of the answer for another of its family."""
    matches = _content_words(right.answer)
    if not matches:
        return None
    match = dice.choice(matches)
    other = dice.choice([word for word in _FAMILY_OF_WORD[match[0]] if word != match[0]])
    return f"{right.answer[: match.start()]}{other}{right.answer[match.end() :]}"


def _negate(right: Lesson, _seed: int, _dice: random.Random) -> str | None:
    """Negates the answer."""
    return negate(right.answer)


def _answer_of_same_kind(right: Lesson, seed: int, dice: random.Random) -> str | None:
    """Draws the answer to a question of the same kind about another scene."""
    number = dice.randrange(1_000_000)
    if right.kind in ("caption", "detail", "negative", "box", "region", "reasoned"):
        datasets = dice.sample(_ONE_PICTURE_DATASETS, len(_ONE_PICTURE_DATASETS))
        turns = (turn for name in datasets for turn in make_conversation(name, seed, number).pairs)
        return next((turn.response for turn in turns if turn.kind == right.kind), None)
    questions = [question for question in questions_about(scene_of(seed, number)) if question.kind == right.kind]
    if not questions:
        return None
    question = dice.choice(questions)
    return question.sentence if right.answer[-1:] == "." else question.answer


def _answer_of_any_kind(right: Lesson, seed: int, dice: random.Random) -> str | None:
    """Draws a response about another scene."""
    return (
        None
        if right.instruction in CAPTION_TEMPLATES
        else _dataset_turn(seed, dice.randrange(1_000_000), dice).response
    )


_Fault = Callable[[Lesson, int, random.Random], str | None]
"""From a right lesson, the seed of scenes and the dice to an answer that is probably wrong; None where it has none."""
_FAULTS: tuple[_Fault, ...] = (
    *(_exchange_word, _exchange_word, _negate, _answer_of_same_kind, _answer_of_same_kind, _answer_of_any_kind),
)
