"""Exams about scenes in the shapes of published ones: SEED-Bench's file of choices, MME's folders of yes and no."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from vlitqa.shapes.questions import Asked, questions_in
from vlitqa.shapes.scenes import scene_of

LETTERS = "ABCD"
_SCENES_EACH, _FEWEST_SCENES = 40, 2_000
"""Scenes that are looked through for each question, and for an exam of few."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A question about a scene with four answers, of which one is right."""

    number: int
    """Of the scene."""
    asked: Asked
    choices: tuple[str, ...]
    letter: str


def choices_in(dimension: str, seed: int, count: int) -> list[Choice]:
    """So many questions of a dimension, none of which can be guessed from its words.

    What is asked is drawn so that every answer comes equally often with every topic, wrong choices are drawn from the
    same answers, and every letter is right equally often.
    """
    dice = random.Random(f"{seed} {dimension}")
    found = list(islice(_balanced(_pools(dimension, seed, count, dice), dice), count))
    dice.shuffle(found)
    made = []
    for place, (number, asked, answers) in enumerate(found):
        right_too = {each.answer for each in questions_in(dimension, scene_of(seed, number)) if each.text == asked.text}
        wrong = dice.sample([answer for answer in answers if answer not in right_too], len(LETTERS) - 1)
        letter = LETTERS[place % len(LETTERS)]
        wrong.insert(LETTERS.index(letter), asked.answer)
        made.append(Choice(number, asked, tuple(wrong), letter))
    return made


Pool = Mapping[str, list[tuple[int, Asked]]]
"""By answer: the questions that have it, each about a scene of its own."""


def _pools(dimension: str, seed: int, count: int, dice: random.Random) -> list[Pool]:
    """One pool for each kind of question and each topic of it."""
    pools: defaultdict[tuple[str, str], defaultdict[str, list[tuple[int, Asked]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for number in range(max(_FEWEST_SCENES, _SCENES_EACH * count)):
        about = questions_in(dimension, scene_of(seed, number))
        if about:
            kind = dice.choice(sorted({each.kind for each in about}))
            asked = dice.choice([each for each in about if each.kind == kind])
            pools[kind, asked.topic][asked.answer].append((number, asked))
    return [_even(pools[key], count // len(pools) + 1) for key in sorted(pools)]


def _even(pool: Pool, wanted: int) -> Pool:
    """The pool without the answers that are too rare to come as often as the others; four remain at least."""
    answers = sorted(pool, key=lambda answer: (-len(pool[answer]), answer))
    while len(answers) > len(LETTERS) and len(pool[answers[-1]]) * len(answers) < wanted:
        answers.pop()
    return {answer: pool[answer] for answer in sorted(answers)}


def _balanced(pools: Sequence[Pool], dice: random.Random) -> Iterator[tuple[int, Asked, Sequence[str]]]:
    """Questions pool by pool and answer by answer in turn, each with the answers of its kind."""
    every: defaultdict[str, set[str]] = defaultdict(set)
    turns = []
    for pool in pools:
        answers = dice.sample(sorted(pool), len(pool))
        turns.append(zip(*(pool[answer] for answer in answers), strict=False))
        every[next(iter(pool.values()))[0][1].kind].update(answers)
    rows = [chain.from_iterable(turn) for turn in turns]
    while rows:
        for row in list(rows):
            if (found := next(row, None)) is None:
                rows.remove(row)
            else:
                yield (*found, sorted(every[found[1].kind]))
