"""Multiple-choice questions about scenes, balanced so that no exam is passed by its words alone."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from vlitqa.shapes.questions import SceneQuestion, questions_in
from vlitqa.shapes.scenes import scene_of

CHOICE_LETTERS = "ABCD"
_SCENES_PER_QUESTION, _FEWEST_SCENES = 40, 2_000
"""Scenes that are looked through for each question, and for a short exam."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoice:
    """A question about a scene with four answers, of which one is right."""

    number: int
    """The number of the scene."""
    question: SceneQuestion
    choices: tuple[str, ...]
    letter: str
    """The letter of the right choice."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The choices as whole sentences, as the responses of all datasets are."""
        return tuple(replace(self.question, answer=choice).sentence for choice in self.choices)


def multiple_choices_in(dimension: str, seed: int, count: int) -> list[MultipleChoice]:
    """So many questions of a dimension, none of which can be guessed from its words.

    Questions are drawn so that every answer comes equally often with every topic, wrong choices are drawn from the same
    answers, and every letter is right equally often.
    """
    generator = random.Random(f"{seed} {dimension}")
    drawn = list(islice(_balanced(_pools(dimension, seed, count, generator), generator), count))
    generator.shuffle(drawn)
    exam = []
    for place, (number, question, answers) in enumerate(drawn):
        others = questions_in(dimension, scene_of(seed, number))
        right_answers = {other.answer for other in others if other.text == question.text}
        wrong_answers = [answer for answer in answers if answer not in right_answers]
        choices = generator.sample(wrong_answers, len(CHOICE_LETTERS) - 1)
        right_place = place % len(CHOICE_LETTERS)
        choices.insert(right_place, question.answer)
        letter = CHOICE_LETTERS[right_place]
        exam.append(MultipleChoice(number=number, question=question, choices=tuple(choices), letter=letter))
    return exam


_Pool = Mapping[str, list[tuple[int, SceneQuestion]]]
"""By answer: the questions that have it, each about a scene of its own."""


def _pools(dimension: str, seed: int, count: int, generator: random.Random) -> list[_Pool]:
    """One pool for each kind of question and each topic of it."""
    pools: defaultdict[tuple[str, str], defaultdict[str, list[tuple[int, SceneQuestion]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for number in range(max(_FEWEST_SCENES, _SCENES_PER_QUESTION * count)):
        questions = questions_in(dimension, scene_of(seed, number))
        if questions:
            kind = generator.choice(sorted({question.kind for question in questions}))
            question = generator.choice([question for question in questions if question.kind == kind])
            pools[kind, question.topic][question.answer].append((number, question))
    return [_without_rare_answers(pools[key], count // len(pools) + 1) for key in sorted(pools)]


def _without_rare_answers(pool: _Pool, count: int) -> _Pool:
    """The pool without answers that are too rare to come as often as others in `count` questions; four remain."""
    answers = sorted(pool, key=lambda answer: (-len(pool[answer]), answer))
    while len(answers) > len(CHOICE_LETTERS) and len(pool[answers[-1]]) * len(answers) < count:
        answers.pop()
    return {answer: pool[answer] for answer in sorted(answers)}


def _balanced(pools: Sequence[_Pool], generator: random.Random) -> Iterator[tuple[int, SceneQuestion, Sequence[str]]]:
    """Questions pool by pool and answer by answer in turn, each with the answers of its kind."""
    answers_by_kind: defaultdict[str, set[str]] = defaultdict(set)
    rounds = []
    for pool in pools:
        answers = generator.sample(sorted(pool), len(pool))
        rounds.append(zip(*(pool[answer] for answer in answers), strict=False))
        answers_by_kind[next(iter(pool.values()))[0][1].kind].update(answers)
    rows = [chain.from_iterable(turns) for turns in rounds]
    while rows:
        for row in list(rows):
            if (entry := next(row, None)) is None:
                rows.remove(row)
            else:
                number, question = entry
                yield number, question, sorted(answers_by_kind[question.kind])
