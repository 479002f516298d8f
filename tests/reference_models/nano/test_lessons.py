"""Lessons are true where they are called right, and false where they are called wrong."""

from __future__ import annotations

import random
import re

import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.nano.figures import held_out_lessons
from reference_models.nano.language import GRADE_CUE, graded_text, lesson_text
from reference_models.nano.lessons import SHORT_ANSWER_REQUEST, Lesson, lessons_about
from reference_models.nano.training_scenes import HELD_OUT_SEED
from vlitqa.algorithms.negation import negate
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import CAPTION_TEMPLATES
from vlitqa.shapes.grades import GRADES
from vlitqa.shapes.questions import SceneQuestion, questions_about
from vlitqa.shapes.scenes import scene_of

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def lessons() -> list[Lesson]:
    return held_out_lessons(6_000)


def questions_like(lesson: Lesson) -> list[SceneQuestion]:
    """The questions about the scene of a held-out lesson that have its text."""
    text = lesson.instruction.removesuffix(SHORT_ANSWER_REQUEST).strip()
    questions = questions_about(scene_of(HELD_OUT_SEED, lesson.scene_number))
    return [question for question in questions if question.text == text]


def right_answers_to(lesson: Lesson) -> set[str]:
    return {text for question in questions_like(lesson) for text in (question.answer, question.sentence)}


def test_answers_to_questions_are_right_and_wrong_as_it_is_said(lessons: list[Lesson]) -> None:
    checked = 0
    for lesson in lessons:
        right_answers = right_answers_to(lesson)
        if right_answers:
            denies = " not " in lesson.answer and not any(part in lesson.answer for part in ("meet", "I can"))
            is_denial = denies and negate(lesson.answer) not in right_answers
            assert (lesson.answer in right_answers or is_denial) == lesson.is_right, lesson
            checked += 1
    assert checked > 3_000


def test_a_negative_word_begins_no_right_answer(lessons: list[Lesson]) -> None:
    checked = 0
    for lesson in lessons:
        right_answers = right_answers_to(lesson)
        for negative in lesson.negative_words if right_answers else ():
            beginning = re.escape(lesson.answer[: negative.start] + negative.word)
            assert not [answer for answer in right_answers if re.match(rf"{beginning}\b", answer)], lesson
            checked += 1
    assert checked > 3_000
    assert all(lesson.is_right for lesson in lessons if lesson.negative_words)


def test_captions_are_those_of_the_scene_or_wrong(lessons: list[Lesson]) -> None:
    details = [lesson for lesson in lessons if lesson.kind == "detail"]
    assert len(details) > 100
    for lesson in details:
        assert (lesson.answer == caption_of(scene_of(HELD_OUT_SEED, lesson.scene_number))) == lesson.is_right


def test_right_and_wrong_answers_are_about_equally_many_for_every_kind(lessons: list[Lesson]) -> None:
    for kind in GRADES:
        is_right = [lesson.is_right for lesson in lessons if lesson.kind == kind]
        assert len(is_right) > 30, kind
        assert 0.25 < sum(is_right) / len(is_right) < 0.75, kind


def test_a_true_sentence_under_a_template_is_never_called_wrong(lessons: list[Lesson]) -> None:
    wrong_captions = [lesson for lesson in lessons if lesson.instruction in CAPTION_TEMPLATES and not lesson.is_right]
    assert len(wrong_captions) > 50
    for lesson in wrong_captions:
        questions = questions_about(scene_of(HELD_OUT_SEED, lesson.scene_number))
        assert lesson.answer not in {question.sentence for question in questions}


def test_the_same_dice_teach_the_same(lessons: list[Lesson]) -> None:
    assert lessons_about(5, 4, random.Random(3)) == lessons_about(5, 4, random.Random(3))
    assert held_out_lessons(50) == lessons[:50]


def test_a_grade_stands_behind_what_is_graded() -> None:
    question = "Seen from the red star, where is the blue cross?"
    lesson = Lesson(scene_number=0, kind="side", instruction=question, answer="above it", is_right=True)
    assert lesson_text(lesson) == f"Instruction: {question}\n\nAnswer: above it"
    assert graded_text(lesson) == lesson_text(lesson) + GRADE_CUE + '{"answer": "5"}'
