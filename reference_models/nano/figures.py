"""What nano models can do, measured on scenes that they never saw, through the tools that every run opens."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from reference_models.nano.lessons import BRIEF, Lesson, lessons_about
from vlitqa.backends.encoders.image_text import OpenClip
from vlitqa.backends.judges.local import CausalCritic, LlavaJudge
from vlitqa.contracts.tools import Judge, JudgeQuestion, Picture, Verdict
from vlitqa.metrics.judge_checks import RIGHT, WRONG
from vlitqa.metrics.rubrics import rubric, sample_of
from vlitqa.records import Turn
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.drawing import USUAL, draw_scene
from vlitqa.shapes.exams import CHOICE_LETTERS, multiple_choices_in
from vlitqa.shapes.grades import GRADES
from vlitqa.shapes.questions import DIMENSIONS
from vlitqa.shapes.scenes import scene_of

FIGURES = "figures.json"
HELD_OUT = 1
"""The seed of scenes that no model has learned from."""
GRADED = tuple(map(str, range(1, 11)))
PAIRS, LESSONS, ASKED = 500, 2_000, 100
_GREY = Picture(
    width=USUAL,
    height=USUAL,
    format="PNG",
    frames=1,
    digest="grey",
    pixels=np.full((USUAL, USUAL, 3), 127, np.uint8),
)


def figures_of(folder: Path) -> dict[str, float]:
    """All figures of the models in a folder; between 0 and 1, but for the errors of grades."""
    lessons = held_out_lessons(LESSONS)
    judge = LlavaJudge.of(str(folder / "nano-judge")).open()
    found = {"encoder: AUC of matched and shuffled pairs": separation(OpenClip.of(str(folder / "nano-encoder")), PAIRS)}
    found["judge: balanced accuracy"] = balanced_accuracy(judge, lessons)
    for dimension in DIMENSIONS:
        found[f"judge as an answerer: {dimension}"] = exam_accuracy(judge, dimension)
    found["judge: error of grades"] = error_of_grades(judge, lessons[:300])
    for name in ("nano-llama", "nano-opt"):
        critic = CausalCritic.of(str(folder / name)).open()
        found[f"{name}: error of grades"] = error_of_grades(critic, lessons[:300])
    return found


def held_out_lessons(count: int) -> list[tuple[int, Lesson]]:
    """Lessons about so many scenes, each with the number of its scene."""
    dice = random.Random(HELD_OUT)
    return [(number, lesson) for number in range(count) for lesson in lessons_about(number, 1, dice, HELD_OUT)]


def separation(encoder: OpenClip, count: int) -> float:
    """How often a picture is nearer to its own caption than to that of another scene: the area under the curve."""
    matcher = encoder.open()
    seen = matcher.images([picture_of(number) for number in range(count)])
    read = matcher.texts([caption_of(scene_of(HELD_OUT, number)) for number in range(count)])
    alike = seen @ read.T  # (pictures, captions)
    own, others = np.diag(alike), np.sort(alike[~np.eye(count, dtype=bool)])
    below = np.searchsorted(others, own, "left") + np.searchsorted(others, own, "right")
    return float(below.mean() / 2 / len(others))


def balanced_accuracy(judge: Judge, lessons: Sequence[tuple[int, Lesson]]) -> float:
    """The mean of the shares of right answers that are called right and of wrong ones that are called wrong."""
    verdicts = judge.ask([judging(lesson.instruction, lesson.answer, number) for number, lesson in lessons])
    hits: dict[bool, list[bool]] = {right: [] for right in (True, False)}
    for (_, lesson), verdict in zip(lessons, verdicts, strict=True):
        hits[lesson.right].append(verdict.answer == (RIGHT if lesson.right else WRONG))
    return float(np.mean([np.mean(each) for each in hits.values()]))


def exam_accuracy(judge: Judge, dimension: str) -> float:
    """The share of an exam's questions that the judge answers right."""
    return sum(answered_right(judge, dimension, ASKED)) / ASKED


def answered_right(judge: Judge, dimension: str, count: int, *, blind: bool = False) -> list[bool]:
    """Whether the right choice is the one that the judge finds most probably right; a blind one sees a grey picture."""
    questions = multiple_choices_in(dimension, HELD_OUT, count)
    asked = [
        judging(f"{each.question.text} {BRIEF}", choice, each.number) for each in questions for choice in each.choices
    ]
    if blind:
        asked = [replace(each, pictures=(_GREY,)) for each in asked]
    chances = [_chances(verdict)[RIGHT] for verdict in judge.ask(asked)]
    best = np.array(chances).reshape(count, -1).argmax(axis=1)
    return [CHOICE_LETTERS[place] == each.letter for place, each in zip(best, questions, strict=True)]


def error_of_grades(critic: Judge, lessons: Sequence[tuple[int, Lesson]]) -> float:
    """The mean distance of the grade that is expected from the true one."""
    told = rubric("difficulty-1")
    asked = [JudgeQuestion(told, _sample(lesson.instruction, lesson.answer), GRADED) for _, lesson in lessons]
    expected = [
        sum(int(grade) * chance for grade, chance in _chances(verdict).items()) for verdict in critic.ask(asked)
    ]
    return float(np.mean([abs(e - GRADES[lesson.kind]) for e, (_, lesson) in zip(expected, lessons, strict=True)]))


def judging(instruction: str, answer: str, number: int) -> JudgeQuestion:
    return JudgeQuestion(
        rubric("accuracy-1"), _sample(instruction, answer), (RIGHT, WRONG), pictures=(picture_of(number),)
    )


def picture_of(number: int) -> Picture:
    pixels = np.asarray(draw_scene(scene_of(HELD_OUT, number), USUAL))
    return Picture(width=USUAL, height=USUAL, format="PNG", frames=1, digest=f"{HELD_OUT} {number}", pixels=pixels)


def _sample(instruction: str, answer: str) -> str:
    return sample_of(Turn(instruction, answer))


def _chances(verdict: Verdict) -> Mapping[str, float]:
    assert verdict.probabilities is not None, verdict.reason
    return verdict.probabilities
