"""The paper of an exam: which questions are asked, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.exams.paper import ExamTerms, draw_questions, set_paper
from tests.given.exam_files import write_exams
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import ExamQuestion


def asked(group: str, image: int, number: int = 0) -> ExamQuestion:
    return ExamQuestion(f"{group} {image} {number}", "?", ("yes",), image=str(image), group=group)


PAIRS = [asked(group, image, number) for group in "abc" for image in range(10) for number in range(2)]
"""Two questions about each of ten images, in each of three groups."""


def test_questions_are_drawn_evenly_over_groups_with_both_questions_of_an_image() -> None:
    drawn = draw_questions(PAIRS, 12, seed=0)
    assert {group: sum(question.group == group for question in drawn) for group in "abc"} == {"a": 4, "b": 4, "c": 4}
    images = {(question.group, question.image) for question in drawn}
    assert len(images) == 6
    assert drawn == [question for question in PAIRS if question in drawn], "in their order"


def test_a_larger_sample_holds_a_smaller_one_and_another_seed_draws_another() -> None:
    small, large = draw_questions(PAIRS, 6, seed=0), draw_questions(PAIRS, 24, seed=0)
    assert {question.key for question in small} < {question.key for question in large}
    assert small != draw_questions(PAIRS, 6, seed=1)


def test_a_limit_is_never_exceeded() -> None:
    assert len(draw_questions(PAIRS, 7, seed=0)) == 6, "half of a pair is worth nothing"
    many = [asked("a", 0, number) for number in range(10)]
    assert draw_questions(many, 3, seed=0) == many[:3], "where no image fits whole"


def test_the_questions_about_videos_are_left_out_with_a_remark(tmp_path: Path) -> None:
    paper = set_paper(load_benchmark("seed", root=write_exams(tmp_path)), ExamTerms())
    assert [question.key for question in paper.questions] == ["0", "1", "2", "3"]
    assert "2 questions not asked: they are about videos, which no reference model sees" in paper.remarks


def test_the_remarks_say_prompt_version_length_and_sample(tmp_path: Path) -> None:
    exam = load_benchmark("mme", root=write_exams(tmp_path))
    paper = set_paper(exam, ExamTerms(limit=28, longest=5, seed=3))
    assert len(paper.questions) == 28
    assert len({question.group for question in paper.questions}) == 14
    assert paper.remarks == (
        "asked with the prompt question, version 1, for 5 tokens at most",
        "--limit: 28 of 56 questions, drawn by the seed 3 evenly over groups, all about an image together",
    )


def test_a_prompt_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    exam = load_benchmark("textvqa", root=write_exams(tmp_path))
    with pytest.raises(UsageError, match="textvqa has no prompt 'wods'") as caught:
        set_paper(exam, ExamTerms(prompt="wods"))
    assert "words" in caught.value.repair
    assert set_paper(exam, ExamTerms(prompt="question")).prompt.text == "{question}"


def test_an_exam_of_videos_alone_is_refused(tmp_path: Path) -> None:
    path = write_exams(tmp_path) / "SEED-Bench.json"
    path.write_text(path.read_text().replace('"image"', '"video"'))
    with pytest.raises(DatasetError, match="no question below the data root can be asked"):
        set_paper(load_benchmark("seed", root=tmp_path), ExamTerms())
