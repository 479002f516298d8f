"""MME: pairs of questions, whatever their order, and what is missing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from evaluators.answers.files import read_answers
from evaluators.answers.joining import join_by_own_questions
from evaluators.answers.layouts import WrittenAnswer
from evaluators.benchmarks.mme import MME, SUBTASKS
from evaluators.exams.grading import grade_answers
from tests.given.exam_files import write_exams
from vlitqa.errors import DatasetError
from vlitqa.results.exams import ExamAnswer, ExamQuestion


def answers_about(subtask: str, image: str, *texts: str) -> list[WrittenAnswer]:
    """Of each image one question is to be answered with yes and one with no."""
    return [
        WrittenAnswer(
            ExamAnswer("", text),
            ExamQuestion("", f"{subtask} {image} {right}", (right,), image=image, group=subtask, part=subtask),
        )
        for text, right in zip(texts, ("Yes", "No"), strict=False)
    ]


def scores(answers: list[WrittenAnswer]) -> dict[str, float | None]:
    result = grade_answers(MME(), "m", answers, by_data_root=False).result
    return {figure.name: figure.value for figure in (result.headline, *result.breakdown)}


def test_a_score_is_accuracy_and_accuracy_of_pairs() -> None:
    """Three of four questions right: 75; one of two images with both right: 50."""
    by_name = scores(answers_about("color", "1", "yes", "no") + answers_about("color", "2", "yes", "yes"))
    assert by_name["color"] == 125.0


def test_always_yes_scores_50() -> None:
    assert (
        scores([answer for image in "abc" for answer in answers_about("count", image, "Yes", "Yes")])["count"] == 50.0
    )


def test_a_total_needs_every_subtask() -> None:
    everything = [answer for subtask in SUBTASKS for answer in answers_about(subtask, "1", "yes", "no")]
    assert scores(everything)["perception"] == 2000
    assert scores(everything)["cognition"] == 800
    without_ocr = [written for written in everything if written.question and written.question.group != "OCR"]
    result = grade_answers(MME(), "m", without_ocr, by_data_root=False).result
    assert result.headline.value is None
    assert result.headline.reason == "no answers of OCR"
    assert result.breakdown[0].value == 800


def test_pairs_are_told_by_their_image_not_by_their_order() -> None:
    dice = random.Random(3)
    answers = [
        answer
        for subtask in SUBTASKS
        for image in "abcdef"
        for answer in answers_about(subtask, image, dice.choice(("yes", "no")), dice.choice(("yes", "no")))
    ]
    assert scores(dice.sample(answers, len(answers))) == pytest.approx(scores(answers))


def test_an_image_with_one_question_is_never_right_in_both() -> None:
    assert scores([*answers_about("color", "1", "yes", "no"), *answers_about("color", "2", "yes")])["color"] == 100 + 50


def test_what_the_release_has_more_is_said_by_subtask() -> None:
    coverage = join_by_own_questions(MME().card, answers_about("landmark", "1", "yes", "no")).coverage
    assert coverage.questions == 2374
    assert coverage.answered == 2
    assert "398 of landmark" in coverage.missing
    assert "60 of existence" in coverage.missing


def test_questions_are_read_beside_images_or_from_a_folder_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "artwork" / "questions_answers_YN").mkdir(parents=True)
    (tmp_path / "artwork" / "questions_answers_YN" / "1.txt").write_text("Is it art?\tYes\nIs it not?\tNo\n")
    (tmp_path / "color").mkdir()
    (tmp_path / "color" / "1.txt").write_text("Is it red?\tYes\nIs it blue?\tNo\n")
    questions = MME(root=tmp_path).questions()
    assert {question.key for question in questions} == {"artwork/1", "color/1"}
    assert len(questions) == 4
    (tmp_path / "color" / "1.txt").write_text("Is it red?\tmaybe\n")
    with pytest.raises(DatasetError, match="'maybe' is neither yes nor no"):
        MME(root=tmp_path).questions()


def test_answers_of_llava_are_told_apart_by_their_prompt(tmp_path: Path) -> None:
    """Both questions about an image have the name of the image as their id."""
    root = write_exams(tmp_path / "exams")
    answers = [
        WrittenAnswer(
            ExamAnswer(f"{subtask}/{image}.png", reply),
            ExamQuestion(f"{subtask}/{image}.png", f"{text}\nAnswer with one word.", ()),
        )
        for subtask in SUBTASKS
        for image in range(2)
        for text, reply in ((f"Is it not {image}?", "No"), (f"Is it {image}?", "Yes"))
    ]
    result = grade_answers(MME(root=root), "llava", answers, by_data_root=True).result
    assert result.headline.value == 2000
    assert result.coverage.is_whole


def test_a_folder_of_answers_meets_its_questions(tmp_path: Path) -> None:
    """Releases differ in double spaces; the name of an image may come again in another subtask."""
    root = write_exams(tmp_path / "exams")
    folder = tmp_path / "answers"
    folder.mkdir()
    for subtask in SUBTASKS:
        lines = [f"{image}.png\tIs it{spaces}{image}?\tYes\tYes\n" for image in range(2) for spaces in ("  ",)]
        lines += [f"{image}.png\tIs it not {image}?\tNo\tNo\n" for image in range(2)]
        (folder / f"{subtask}.txt").write_text("".join(lines))
    result = grade_answers(MME(root=root), "m", read_answers(folder).answers, by_data_root=True).result
    assert result.headline.value == 2000
    assert result.coverage.is_whole
