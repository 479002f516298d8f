"""What nano models are taught is true where it is called right, and false where it is called wrong."""

from __future__ import annotations

import random
import re

import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.nano.figures import held_out_lessons
from reference_models.nano.language import GRADE, asked, graded
from reference_models.nano.lessons import BRIEF, Lesson, lessons_about
from vlitqa.algorithms.negation import negated
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import TEMPLATES
from vlitqa.shapes.grades import GRADES
from vlitqa.shapes.questions import Asked, questions_about
from vlitqa.shapes.scenes import scene_of

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def lessons() -> list[tuple[int, Lesson]]:
    return held_out_lessons(6_000)


def answers(number: int) -> dict[str, list[Asked]]:
    """By their text, the questions about a held-out scene."""
    found: dict[str, list[Asked]] = {}
    for each in questions_about(scene_of(1, number)):
        found.setdefault(each.text, []).append(each)
    return found


def test_answers_to_questions_are_right_and_wrong_as_it_is_said(lessons: list[tuple[int, Lesson]]) -> None:
    looked_at = 0
    for number, lesson in lessons:
        known = answers(number).get(lesson.instruction.removesuffix(BRIEF).strip())
        if known:
            rights = {text for each in known for text in (each.answer, each.sentence)}
            denies = " not " in lesson.answer and not any(part in lesson.answer for part in ("meet", "I can"))
            is_denial = denies and negated(lesson.answer) not in rights
            assert (lesson.answer in rights or is_denial) == lesson.right, (number, lesson)
            looked_at += 1
    assert looked_at > 3_000


def test_a_slip_begins_no_right_answer(lessons: list[tuple[int, Lesson]]) -> None:
    looked_at = 0
    for number, lesson in lessons:
        known = answers(number).get(lesson.instruction.removesuffix(BRIEF).strip(), [])
        rights = {text for each in known for text in (each.answer, each.sentence)}
        for start, word in lesson.slips if known else ():
            begun = lesson.answer[:start] + word
            assert not [right for right in rights if re.match(rf"{re.escape(begun)}\b", right)], (number, lesson)
            looked_at += 1
    assert looked_at > 3_000
    assert all(lesson.right for _, lesson in lessons if lesson.slips)


def test_captions_are_those_of_the_scene_or_wrong(lessons: list[tuple[int, Lesson]]) -> None:
    details = [(number, lesson) for number, lesson in lessons if lesson.kind == "detail"]
    assert len(details) > 100
    for number, lesson in details:
        assert (lesson.answer == caption_of(scene_of(1, number))) == lesson.right


def test_right_and_wrong_answers_are_about_equally_many_for_every_kind(lessons: list[tuple[int, Lesson]]) -> None:
    for kind in GRADES:
        rights = [lesson.right for _, lesson in lessons if lesson.kind == kind]
        assert len(rights) > 30, kind
        assert 0.25 < sum(rights) / len(rights) < 0.75, kind


def test_a_true_sentence_under_a_template_is_never_called_wrong(lessons: list[tuple[int, Lesson]]) -> None:
    found = [(number, each) for number, each in lessons if each.instruction in TEMPLATES and not each.right]
    assert len(found) > 50
    for number, lesson in found:
        assert lesson.answer not in {each.sentence for each in questions_about(scene_of(1, number))}


def test_the_same_dice_teach_the_same(lessons: list[tuple[int, Lesson]]) -> None:
    assert lessons_about(5, 4, random.Random(3)) == lessons_about(5, 4, random.Random(3))
    assert held_out_lessons(50) == lessons[:50]


def test_a_grade_stands_behind_what_is_graded() -> None:
    lesson = Lesson("side", "Seen from the red star, where is the blue cross?", "above it", True)
    assert asked(lesson) == f"Instruction: {lesson.instruction}\n\nAnswer: above it"
    assert graded(lesson) == asked(lesson) + GRADE + '{"answer": "5"}'
