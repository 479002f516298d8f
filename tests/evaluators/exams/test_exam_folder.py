"""Exams are kept beside a run: every mark, every result, the newest of each."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

from evaluators.answers.layouts import WrittenAnswer
from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.exams.folder import add_exams
from evaluators.exams.grading import GradedExam, grade_answers
from vlitqa.results.exams import ExamAnswer, ExamQuestion


def exam(model: str, text: str, rules: str = "standard") -> GradedExam:
    answers = [
        WrittenAnswer(ExamAnswer("", text), ExamQuestion("", "q", ("stop",), image=f"{image}.png"))
        for image in range(2)
    ]
    return grade_answers(load_benchmark("wordart", rules), model, answers, by_data_root=False)


def test_every_mark_and_every_result_is_kept(tmp_path: Path) -> None:
    add_exams(tmp_path / "run", [exam("a", "stop"), exam("b", "go")])
    rows = pq.read_table(tmp_path / "run" / "exams.parquet").to_pylist()
    assert [(row["model"], row["value"]) for row in rows] == [("a", 1.0), ("a", 1.0), ("b", 0.0), ("b", 0.0)]
    assert rows[0] == {
        "model": "a", "benchmark": "wordart", "rules": "standard", "question": "q", "group": "", "image": "0.png",
        "said": "stop", "value": 1.0, "quirks": [],
    }  # fmt: skip
    results = json.loads((tmp_path / "run" / "exams.json").read_text())
    assert [(result["model"], result["headline"]["value"]) for result in results] == [("a", 1.0), ("b", 0.0)]


def test_a_new_result_takes_the_place_of_the_same_exam_alone(tmp_path: Path) -> None:
    add_exams(tmp_path, [exam("a", "go"), exam("a", "go", "ehub"), exam("b", "go")])
    add_exams(tmp_path, [exam("a", "stop")])
    results = json.loads((tmp_path / "exams.json").read_text())
    values = {(result["model"], result["rules"]): result["headline"]["value"] for result in results}
    assert values == {("a", "ehub"): 0.0, ("b", "standard"): 0.0, ("a", "standard"): 1.0}
    rows = pq.read_table(tmp_path / "exams.parquet").to_pylist()
    assert len(rows) == 6
    assert sum(row["value"] for row in rows) == 2


def test_a_mark_without_value_is_kept_with_its_reason(tmp_path: Path) -> None:
    answers = [WrittenAnswer(ExamAnswer("", "x"), ExamQuestion("", "q", ("&",), image="0.png"))]
    add_exams(tmp_path, [grade_answers(load_benchmark("wordart"), "a", answers, by_data_root=False)])
    (row,) = pq.read_table(tmp_path / "exams.parquet").to_pylist()
    assert row["value"] is None
    assert row["quirks"] == ["empty reference: left out"]
    (result,) = json.loads((tmp_path / "exams.json").read_text())
    assert result["headline"]["value"] is None
    assert "empty reference" in result["headline"]["reason"]
