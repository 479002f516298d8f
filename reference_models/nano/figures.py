"""The figures of nano models, measured on held-out scenes through the tools that every run opens."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from reference_models.catalogue import MODELS, choose_model
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.mim.painter import NANO_SETTINGS, load_painter
from reference_models.nano.lessons import SHORT_ANSWER_REQUEST, Lesson, lessons_about
from reference_models.nano.modality_exam import CONDITIONS, right_by_attribute
from reference_models.nano.scene_pictures import scene_picture, square_picture
from reference_models.nano.training_scenes import HELD_OUT_SEED
from reference_models.nano.writing_exam import mark_writing
from vlitqa.backends.encoders.image_text import OpenClip
from vlitqa.backends.judges.local import CausalCritic, LlavaJudge
from vlitqa.backends.writers.local import CausalWriter
from vlitqa.contracts.conversations import Painter
from vlitqa.contracts.models import Prompt, ReferenceModel
from vlitqa.contracts.tools import Judge, JudgeQuestion, Picture, Verdict
from vlitqa.metrics.accuracy import RIGHT, WRONG
from vlitqa.metrics.rubrics import rubric, sample_of
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.annotations import caption_of, describe_thing
from vlitqa.shapes.datasets import CAPTION_TEMPLATES
from vlitqa.shapes.drawing import USUAL
from vlitqa.shapes.exams import CHOICE_LETTERS, multiple_choices_in
from vlitqa.shapes.grades import GRADES
from vlitqa.shapes.questions import DIMENSIONS, place_phrase
from vlitqa.shapes.scenes import scene_of

FIGURES_FILE = "figures.json"
WRITTEN_COUNT = 200
"""Scenes about which the writer makes a conversation."""
PAIR_COUNT, LESSON_COUNT, GRADED_COUNT, QUESTION_COUNT, DESCRIBED_COUNT, CHOSEN_COUNT = 500, 2_000, 300, 100, 100, 50
"""Pairs, lessons, graded lessons, questions of a dimension, scenes described, and scenes whose caption is chosen."""
DRAWN_DIMENSION = "Instance Identity"
"""The questions that are asked about pictures that were drawn: which thing of four is there."""
_LONGEST_DESCRIPTION = 256
"""Tokens."""
_POSSIBLE_GRADES = tuple(map(str, range(1, 11)))
_GREY = 127


def measure_figures(folder: Path) -> dict[str, float]:
    """Measures all models in a folder: shares and areas between 0 and 1, and errors of grades."""
    lessons = held_out_lessons(LESSON_COUNT)
    encoder, judge = OpenClip.of(str(folder / "nano-encoder")), LlavaJudge.of(str(folder / "nano-judge")).open()
    figures = {
        "encoder: AUC of matched and shuffled pairs": matching_auc(encoder, PAIR_COUNT),
        "judge: balanced accuracy": balanced_accuracy(judge, lessons),
    }
    for dimension in DIMENSIONS:
        figures[f"judge as an answerer: {dimension}"] = exam_accuracy(judge, dimension)
    figures["judge: error of grades"] = mean_grade_error(judge, lessons[:GRADED_COUNT])
    painter = load_painter(str(folder.absolute() / "nano-painter"), settings=NANO_SETTINGS)
    painted = mark_answers(judge, DRAWN_DIMENSION, QUESTION_COUNT, partial(paint_caption, painter))
    figures["painter: things recognised"] = sum(painted) / QUESTION_COUNT
    for name in ("nano-llama", "nano-opt"):
        critic = CausalCritic.of(str(folder / name)).open()
        figures[f"{name}: error of grades"] = mean_grade_error(critic, lessons[:GRADED_COUNT])
    written = mark_writing(CausalWriter.of(str(folder / "nano-writer")).open(), WRITTEN_COUNT)
    figures["writer: right answers"] = written.right / written.marked
    figures["writer: conversations in form"] = written.in_form / written.conversations
    for kind in MODELS:
        model = choose_model(kind, str(folder.absolute() / f"nano-{kind}")).open()
        figures[f"{kind}: things described right"] = share_described_right(model, DESCRIBED_COUNT)
        if isinstance(model, ImageBindLlm):
            for condition in CONDITIONS:
                if len(condition.modalities) == 1 and not condition.is_cached:
                    right = right_by_attribute(model, condition, CHOSEN_COUNT)
                    figures[f"{kind}: captions chosen by {condition.name}"] = (
                        sum(right.values()) / len(right) / CHOSEN_COUNT
                    )
    return figures


def held_out_lessons(scene_count: int) -> list[Lesson]:
    """Draws one lesson about each of the first held-out scenes."""
    dice = random.Random(HELD_OUT_SEED)
    return [lesson for number in range(scene_count) for lesson in lessons_about(number, 1, dice, HELD_OUT_SEED)]


def matching_auc(encoder: OpenClip, count: int) -> float:
    """The area under the ROC curve: how often a picture is nearer to its own caption than to another scene's."""
    matcher = encoder.open()
    pictures = matcher.images([held_out_picture(number) for number in range(count)])  # (count, width)
    captions = matcher.texts([caption_of(scene_of(HELD_OUT_SEED, number)) for number in range(count)])  # (count, width)
    similarities = pictures @ captions.T  # (pictures, captions)
    matched = np.diag(similarities)  # (count,)
    shuffled = np.sort(similarities[~np.eye(count, dtype=bool)])  # (count * (count - 1),)
    doubled_ranks = np.searchsorted(shuffled, matched, "left") + np.searchsorted(shuffled, matched, "right")  # (count,)
    return float(doubled_ranks.mean() / 2 / len(shuffled))


def balanced_accuracy(judge: Judge, lessons: Sequence[Lesson]) -> float:
    """The mean of the shares of right answers that are called right and of wrong ones that are called wrong."""
    verdicts = judge.ask(
        [accuracy_question(lesson.instruction, lesson.answer, lesson.scene_number) for lesson in lessons]
    )
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for lesson, verdict in zip(lessons, verdicts, strict=True):
        hits[lesson.is_right].append(verdict.answer == (RIGHT if lesson.is_right else WRONG))
    return float(np.mean([np.mean(hits_of_kind) for hits_of_kind in hits.values()]))


def exam_accuracy(judge: Judge, dimension: str) -> float:
    """The share of an exam's questions that the judge answers right."""
    return sum(mark_answers(judge, dimension, QUESTION_COUNT)) / QUESTION_COUNT


def mark_answers(
    judge: Judge, dimension: str, count: int, picture_of: Callable[[int], Picture] | None = None
) -> list[bool]:
    """Marks the choices that the judge finds most probably right, by pictures of scenes, or of what stands for them."""
    exam = multiple_choices_in(dimension, HELD_OUT_SEED, count)
    questions = [
        replace(
            accuracy_question(f"{choice.question.text} {SHORT_ANSWER_REQUEST}", answer, choice.number),
            pictures=(picture,),
        )
        for choice in exam
        for picture in [(picture_of or held_out_picture)(choice.number)]
        for answer in choice.choices
    ]
    chances = [_probabilities(verdict)[RIGHT] for verdict in judge.ask(questions)]
    best = np.array(chances).reshape(count, -1).argmax(axis=1)  # (count,)
    return [CHOICE_LETTERS[index] == choice.letter for index, choice in zip(best, exam, strict=True)]


def paint_caption(painter: Painter, scene_number: int) -> Picture:
    """A picture by the caption of a held-out scene."""
    return painter.paint(caption_of(scene_of(HELD_OUT_SEED, scene_number)))


def grey_picture(_scene_number: int) -> Picture:
    """A picture without anything to see, whatever the scene."""
    return square_picture(np.full((USUAL, USUAL, 3), _GREY, np.uint8), digest="grey")


def share_described_right(model: ReferenceModel, count: int) -> float:
    """The share of all things of held-out scenes that a model describes with size, fill, colour, shape and place."""
    prompts = [
        Prompt(Record((Turn(CAPTION_TEMPLATES[0], None, (0,)),), (ImageRef(str(number)),)), (held_out_picture(number),))
        for number in range(count)
    ]
    things = [scene_of(HELD_OUT_SEED, number).things for number in range(count)]
    answers = model.answer(prompts, longest=_LONGEST_DESCRIPTION)
    hits = [
        f"{describe_thing(thing)} {place_phrase(thing.place)}" in answer
        for scene_things, answer in zip(things, answers, strict=True)
        for thing in scene_things
    ]
    return sum(hits) / len(hits)


def mean_grade_error(critic: Judge, lessons: Sequence[Lesson]) -> float:
    """The mean distance between the expected grade of an instruction and its true grade."""
    prompt = rubric("difficulty-1")
    questions = [
        JudgeQuestion(prompt, _sample(lesson.instruction, lesson.answer), _POSSIBLE_GRADES) for lesson in lessons
    ]
    expected_grades = [
        sum(int(grade) * chance for grade, chance in _probabilities(verdict).items())
        for verdict in critic.ask(questions)
    ]
    true_grades = [GRADES[lesson.kind] for lesson in lessons]
    return float(np.mean([abs(expected - true) for expected, true in zip(expected_grades, true_grades, strict=True)]))


def accuracy_question(instruction: str, answer: str, scene_number: int) -> JudgeQuestion:
    """The question to a judge whether an answer about a held-out scene is right."""
    picture = held_out_picture(scene_number)
    return JudgeQuestion(
        rubric=rubric("accuracy-1"),
        sample=_sample(instruction, answer),
        answers=(RIGHT, WRONG),
        pictures=(picture,),
    )


def held_out_picture(scene_number: int) -> Picture:
    """The picture of a held-out scene."""
    return scene_picture(HELD_OUT_SEED, scene_number, USUAL)


def _sample(instruction: str, answer: str) -> str:
    return sample_of(Turn(instruction, answer))


def _probabilities(verdict: Verdict) -> Mapping[str, float]:
    assert verdict.probabilities is not None, verdict.reason
    return verdict.probabilities
