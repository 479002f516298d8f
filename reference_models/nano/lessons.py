"""What nano models are taught: instructions about scenes with answers that are right, or wrong in a known way."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from reference_models.nano.training_scenes import TRAINING_SEED
from vlitqa.algorithms.negation import negated
from vlitqa.shapes.datasets import MAKERS, TEMPLATES, Told, made_for
from vlitqa.shapes.questions import MEETINGS, RELATIONS, Asked, questions_about
from vlitqa.shapes.scenes import BACKGROUNDS, COLOURS, FILLS, PLACES, SHAPES, SIZES, WORDS, Scene, scene_of
from vlitqa.shapes.yes_no import SUBTASKS

BRIEF = "Answer the question using a single word or phrase."
"""What LLaVA's data say where a sentence is not wanted: without it a short answer is a surprise, however right."""
_OF_ONE_PICTURE = tuple(name for name in MAKERS if name != "paired")
_DOUBTED = {
    "existence": "existence",
    "count": "all",
    "position": "side",
    "color": "colour",
    "scene": "background",
    "OCR": "word",
    "numerical_calculation": "left",
}
"""By MME's subtask: the kind of question it is."""
_FAMILIES = (
    *(tuple(COLOURS), tuple(SHAPES), tuple(SIZES), FILLS, PLACES, BACKGROUNDS, WORDS, RELATIONS),
    *(tuple(MEETINGS.values()), tuple(map(str, range(7))), ("Yes", "No")),
)
_FAMILY = {word: family for family in _FAMILIES for word in family}
_WORD = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(_FAMILY, key=len, reverse=True)))
_SLIPS = 2
"""Wrong words for each word of a right answer that tells something."""
_DENIED = {"background", "look", "colour", "place", "all", "side", "neighbour", "left", "shape"}
"""Kinds of which a wrong sentence with a `not` in it is a right one."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """An answer to an instruction about a scene, and whether it is right."""

    kind: str
    instruction: str
    answer: str
    right: bool
    wrong_from: int = 0
    """Of a wrong answer: the character from which on it is not what would be right."""
    slips: tuple[tuple[int, str], ...] = ()
    """Of a right answer: characters at which a word begins, and other words that would be wrong there."""


def lessons_about(number: int, count: int, dice: random.Random, seed: int = TRAINING_SEED) -> list[Lesson]:
    """So many lessons about a scene, a right answer and a wrong one of each instruction, in any order."""
    scene = scene_of(seed, number)
    asked = questions_about(scene)
    made: list[Lesson] = []
    while len(made) < count:
        draw = dice.random()
        if draw < 0.1:
            pair = _doubts(scene, dice)
        else:
            told = _asked(asked, number, dice) if draw < 0.5 else _from_a_dataset(seed, number, dice)
            right = Lesson(told.kind, told.instruction, told.response, True)
            if told.response[-1:] == "." and dice.random() < 0.1:
                right = replace(right, kind="caption", instruction=dice.choice(TEMPLATES))
            pair = _with_another(with_slips(right, scene, dice), scene, seed, dice)
        made += dice.sample(pair, len(pair))
    return made[:count]


def _asked(asked: Sequence[Asked], number: int, dice: random.Random) -> Told:
    """A question of any kind, all kinds equally often, answered in a word or in a sentence."""
    kind = dice.choice(sorted({each.kind for each in asked}))
    chosen = dice.choice([each for each in asked if each.kind == kind])
    if dice.random() < 0.5:
        return Told(kind, chosen.text, chosen.sentence, number)
    return Told(kind, f"{chosen.text} {BRIEF}", chosen.answer, number)


def _from_a_dataset(seed: int, number: int, dice: random.Random) -> Told:
    return dice.choice(made_for(dice.choice(_OF_ONE_PICTURE), seed, number)[1])


def _doubts(scene: Scene, dice: random.Random) -> list[Lesson]:
    """A question that is answered by yes or by no, with both answers."""
    subtask = dice.choice(sorted(SUBTASKS))
    pairs = list(SUBTASKS[subtask](scene, dice))
    if not pairs:
        return []
    is_so = dice.random() < 0.5
    text = dice.choice(pairs)[0 if is_so else 1]
    if dice.random() < 0.7:
        text += " Please answer yes or no."
    said = ("Yes", "No") if is_so else ("No", "Yes")
    right = with_slips(Lesson(_DOUBTED[subtask], text, said[0], True), scene, dice)
    return [right, wrong(right, said[1])]


def with_slips(right: Lesson, scene: Scene, dice: random.Random) -> Lesson:
    """The lesson, and some wrong words for each word of its answer that tells something."""
    found = []
    for spot in _telling(right.answer):
        others = [word for word in _FAMILY[spot[0]] if not spot[0].startswith(word)]
        drawn = dice.sample(others, min(_SLIPS, len(others)))
        found += [(spot.start(), word) for word in drawn if not _may_go_on(right, spot.start(), word, scene)]
    return replace(right, slips=tuple(found))


def _may_go_on(right: Lesson, start: int, word: str, scene: Scene) -> bool:
    """Whether a right answer may begin like the given one and have another word at some place."""
    if right.instruction in TEMPLATES:
        begun = right.answer[:start] + word
        return any(each.sentence.startswith(begun) for each in questions_about(scene))
    return right.kind in ("name", "negative") and any(word in each.name.split() for each in scene.things)


def wrong(right: Lesson, answer: str) -> Lesson:
    """The lesson with a wrong answer in the place of its right one."""
    return replace(right, answer=answer, right=False, wrong_from=in_common(right.answer, answer), slips=())


def in_common(first: Sequence[object], second: Sequence[object]) -> int:
    """How many letters, or tokens, two texts begin with in common."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))))


def _telling(answer: str) -> list[re.Match[str]]:
    """The words that are right or wrong: colours, shapes, places, numbers; not what only repeats a question."""
    return list(_WORD.finditer(answer, answer.find("but there is") + 1))


def _with_another(right: Lesson, scene: Scene, seed: int, dice: random.Random) -> list[Lesson]:
    """The lesson and one with a wrong answer; sometimes with the opposite of a wrong one, which is right again."""
    fault = dice.choice(_FAULTS)
    other = fault(right, scene, seed, dice)
    if other is None or other == right.answer or _is_true_too(right, other, scene):
        return []
    if fault is _changed and right.kind in _DENIED and dice.random() < 0.3:
        opposite = negated(other)
        if opposite and " not " in opposite:
            return [replace(right, answer=opposite, slips=()), wrong(right, other)]
    return [right, wrong(right, other)]


def _is_true_too(right: Lesson, answer: str, scene: Scene) -> bool:
    """Whether another answer is right as well: several things are in a picture, and much can be said of it."""
    if right.instruction in TEMPLATES and answer in {each.sentence for each in questions_about(scene)}:
        return True
    return right.kind in ("name", "negative") and any(each.name in answer for each in scene.things)


def _changed(right: Lesson, scene: Scene, seed: int, dice: random.Random) -> str | None:
    """One word is another of its family."""
    found = _telling(right.answer)
    if not found:
        return None
    spot = dice.choice(found)
    other = dice.choice([word for word in _FAMILY[spot[0]] if word != spot[0]])
    return f"{right.answer[: spot.start()]}{other}{right.answer[spot.end() :]}"


def _negated(right: Lesson, scene: Scene, seed: int, dice: random.Random) -> str | None:
    return negated(right.answer)


def _of_its_kind(right: Lesson, scene: Scene, seed: int, dice: random.Random) -> str | None:
    """The answer to such a question about another scene."""
    number = dice.randrange(1_000_000)
    if right.kind in ("caption", "detail", "negative", "box", "region", "reasoned"):
        return next(
            (
                each.response
                for name in dice.sample(_OF_ONE_PICTURE, len(_OF_ONE_PICTURE))
                for each in made_for(name, seed, number)[1]
                if each.kind == right.kind
            ),
            None,
        )
    fitting = [each for each in questions_about(scene_of(seed, number)) if each.kind == right.kind]
    if not fitting:
        return None
    chosen = dice.choice(fitting)
    return chosen.sentence if right.answer[-1:] == "." else chosen.answer


def _of_any_kind(right: Lesson, scene: Scene, seed: int, dice: random.Random) -> str | None:
    """What was said about another scene."""
    return None if right.instruction in TEMPLATES else _from_a_dataset(seed, dice.randrange(1_000_000), dice).response


_Fault = Callable[[Lesson, Scene, int, random.Random], str | None]
_FAULTS: tuple[_Fault, ...] = (_changed, _changed, _negated, _of_its_kind, _of_its_kind, _of_any_kind)
