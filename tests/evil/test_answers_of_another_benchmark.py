"""`vlitqa eval` with the answers to another benchmark, whose rows name no image."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluators.answers.files import read_answers
from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.benchmarks.mme import SUBTASKS
from evaluators.exams.grading import GradedExam, grade_answers
from tests.given.exam_files import write_exams
from vlitqa.errors import DatasetError

Row = dict[str, object]


def write_mme(folder: Path) -> Path:
    folder.mkdir()
    for subtask in SUBTASKS:
        lines = [f"{n}.jpg\tIs there a dog? Please answer yes or no.\t{('Yes', 'No')[n % 2]}\tYes" for n in range(4)]
        (folder / f"{subtask}.txt").write_text("\n".join(lines))
    return folder


def ehub_rows(references: object, count: int = 40) -> list[Row]:
    """Rows of LVLM-eHub without the path of an image."""
    return [{"question": f"what is brand {n}?", "answer": "nokia", "gt_answers": references} for n in range(count)]


def grade(path: Path, rows: Sequence[Row], benchmark: str, root: Path | None = None) -> GradedExam:
    path.write_text(json.dumps(rows))
    exam = load_benchmark(benchmark, root=root)
    return grade_answers(exam, "model", read_answers(path).answers, by_data_root=root is not None)


@pytest.mark.parametrize("benchmark", ["textvqa", "gqa", "docvqa", "wordart", "nocaps"])
def test_answers_to_mme_are_refused_by_a_benchmark_of_open_answers(benchmark: str, tmp_path: Path) -> None:
    answers = read_answers(write_mme(tmp_path / "LaVIN")).answers
    with pytest.raises(DatasetError, match="to 56 of 56 questions are yes or no, as they are not in") as refused:
        grade_answers(load_benchmark(benchmark), "LaVIN", answers, by_data_root=False)
    assert "'Is there a dog? Please answer yes or no.' (right: 'Yes')" in refused.value.message
    assert "--benchmark" in refused.value.repair
    assert grade_answers(load_benchmark("mme"), "LaVIN", answers, by_data_root=False).result.coverage.answered == 56


def test_questions_with_ten_right_answers_are_not_those_of_a_set_with_one(tmp_path: Path) -> None:
    rows = ehub_rows(["nokia", *["samsung"] * 9])
    with pytest.raises(DatasetError, match="more than the 1 right answer that a question of GQA has") as refused:
        grade(tmp_path / "a.json", rows, "gqa")
    assert "'what is brand 0?' (right: 'nokia') brings 10" in refused.value.message


def test_questions_with_fewer_right_answers_than_the_release_has_are_marked_with_a_remark(tmp_path: Path) -> None:
    remarks = grade(tmp_path / "a.json", ehub_rows("nokia"), "textvqa").result.remarks
    assert any("has 10 right answers, and 40 of 40 here bring fewer" in remark for remark in remarks)


def test_letters_are_no_right_answers_to_open_questions(tmp_path: Path) -> None:
    rows: list[Row] = [{"question_id": str(n), "prediction": "A", "gt_answer": "ABCD"[n % 4]} for n in range(40)]
    with pytest.raises(DatasetError, match="are letters of options, as they are not in OCR-VQA"):
        grade(tmp_path / "a.json", rows, "ocrvqa")
    assert grade(tmp_path / "a.json", rows, "scienceqa").result.coverage.answered == 40


def test_that_nothing_shows_the_benchmark_is_said_where_no_folder_and_no_data_root_does(tmp_path: Path) -> None:
    rows = ehub_rows(["nokia"] * 10)
    named = [{**row, "image_path": "./data/textVQA/1.jpg"} for row in rows]
    doubt = "nothing in the file shows that its questions are those of TextVQA"
    assert any(doubt in remark for remark in grade(tmp_path / "a.json", rows, "textvqa").result.remarks)
    assert not grade(tmp_path / "a.json", named, "textvqa").result.remarks
    assert not grade(tmp_path / "a.json", rows, "vqa").result.remarks, "any set of the kind"


def test_answers_of_which_hardly_one_finds_a_question_are_refused(tmp_path: Path) -> None:
    root = tmp_path / "GQA" / "questions"
    root.mkdir(parents=True)
    scenes = {str(n): {"question": f"Is {n}?", "answer": "yes", "imageId": str(n)} for n in range(100)}
    (root / "testdev_balanced_questions.json").write_text(json.dumps(scenes))
    rows: list[Row] = [{"question_id": 97 + n, "answer": "yes"} for n in range(100)]
    with pytest.raises(DatasetError, match="Only 3 of 100 answers belong to a question of GQA"):
        grade(tmp_path / "a.json", rows, "gqa", tmp_path / "GQA")


def test_answers_with_other_right_answers_and_texts_than_the_question_of_their_image_are_refused(
    tmp_path: Path,
) -> None:
    root = write_exams(tmp_path / "exams")
    rows: list[Row] = [
        {"question": "how many zebras?", "answer": "two", "gt_answers": "two", "image_path": f"{n}.png"} for n in (1, 2)
    ]
    with pytest.raises(DatasetError, match="2 of 2 answers ask something else") as refused:
        grade(tmp_path / "a.json", rows, "svt", root)
    assert "'what is written in the image?' (right: 'STOP')" in refused.value.message
