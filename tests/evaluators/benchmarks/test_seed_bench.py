"""SEED-Bench: names of dimensions, ids that come twice, and two ways to read a letter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluators.answers.layouts import WrittenAnswer
from evaluators.benchmarks.seed_bench import NO_LETTER, NOT_A_NUMBER, TIED_CHOICES, SeedBench
from evaluators.exams.grading import grade_answers
from tests.given.exam_files import write_exams
from vlitqa.errors import DatasetError
from vlitqa.results.exams import READ_OTHERWISE, ExamAnswer


def figures(root: Path, letters: dict[str, str], rules: str = "official") -> dict[str, float | None]:
    answers = [WrittenAnswer(ExamAnswer(key, letter)) for key, letter in letters.items()]
    result = grade_answers(SeedBench(rules=rules, root=root), "m", answers, by_data_root=True).result
    return {figure.name: figure.value for figure in (result.headline, *result.breakdown)}


def test_dimensions_have_the_names_that_the_file_gives_them(tmp_path: Path) -> None:
    """An early release had two dimensions exchanged: only the file knows which is which."""
    root = write_exams(tmp_path)
    right_of_4 = {"0": "B", "1": "B", "2": "B", "3": "D"}
    assert figures(root, right_of_4)["Instance Attributes"] == 100
    content = json.loads((root / "SEED-Bench.json").read_text())
    content["question_type"] = {"Instance Attributes": 3, "Instance Location": 4}
    (root / "SEED-Bench.json").write_text(json.dumps(content))
    swapped = figures(root, right_of_4)
    assert (swapped["Instance Attributes"], swapped["Instance Location"]) == (0, 100)


def test_a_total_is_over_questions_not_over_dimensions(tmp_path: Path) -> None:
    """One of one and one of two."""
    by_name = figures(write_exams(tmp_path), {"0": "A", "1": "B", "3": "A"})
    assert by_name["image"] == pytest.approx(200 / 3)
    assert (by_name["Instance Location"], by_name["Instance Attributes"]) == (100, 50)


def test_an_id_that_comes_twice_stands_for_two_questions(tmp_path: Path) -> None:
    root = write_exams(tmp_path)
    content = json.loads((root / "SEED-Bench.json").read_text())
    content["questions"][1]["question_id"] = "0"
    (root / "SEED-Bench.json").write_text(json.dumps(content))
    answers = [
        WrittenAnswer(ExamAnswer("0", "A")),
        WrittenAnswer(ExamAnswer("0", "B")),
        WrittenAnswer(ExamAnswer("2", "C")),
        WrittenAnswer(ExamAnswer("3", "D")),
    ]
    result = grade_answers(SeedBench(root=root), "m", answers, by_data_root=True).result
    assert result.headline.value == 100
    assert result.coverage.repeated == 0


def test_the_leaderboard_takes_a_letter_and_lmms_the_first_character(tmp_path: Path) -> None:
    root = write_exams(tmp_path)
    letters = {"0": "A. because", "1": "b", "2": "C", "3": "the fourth"}
    assert figures(root, letters)["image"] == 25
    assert figures(root, letters, "lmms")["image"] == 75
    mark = SeedBench().mark(SeedBench(root=root).questions()[3], ExamAnswer("3", "the fourth"))
    assert mark.value == 0
    assert mark.quirks == (NO_LETTER, READ_OTHERWISE)


def test_a_ranked_choice_is_the_likeliest_and_of_equals_the_first(tmp_path: Path) -> None:
    questions = SeedBench(root=write_exams(tmp_path)).questions()
    equal = (0.1, 0.5, 0.5, 0.2)
    assert SeedBench().mark(questions[1], ExamAnswer("1", "", equal)).value == 1
    assert SeedBench().mark(questions[2], ExamAnswer("2", "", equal)).value == 0
    assert SeedBench().mark(questions[2], ExamAnswer("2", "", equal)).quirks == (TIED_CHOICES,)
    unknown = SeedBench().mark(questions[1], ExamAnswer("1", "", (float("nan"), -0.5, -0.7, -0.9)))
    assert unknown.value == 1
    assert unknown.quirks == (NOT_A_NUMBER,)
    for none in ((float("nan"),) * 4, (0.1, 0.9), (0.9, 0.1, 0.1, 0.1, 0.1)):
        assert SeedBench().mark(questions[0], ExamAnswer("0", "", none)).value == 0


def test_a_dimension_that_the_file_does_not_name_is_said(tmp_path: Path) -> None:
    root = write_exams(tmp_path)
    content = json.loads((root / "SEED-Bench.json").read_text())
    content["question_type"] = {"Instance Attributes": 3}
    (root / "SEED-Bench.json").write_text(json.dumps(content))
    with pytest.raises(DatasetError, match="not as SEED-Bench is published"):
        SeedBench(root=root).questions()
