"""Answers as every harness writes them, and files that are none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from evaluators.answers.files import read_answers
from vlitqa.errors import DatasetError

LAYOUTS = {
    "LVLM-eHub": [{"question": "q", "answer": "yes", "gt_answers": ["yes"], "image_path": "a.png", "model_name": "m"}],
    "lmms-eval": [{"doc_id": 0, "target": "Yes", "filtered_resps": ["yes"], "input": "q", "doc_hash": "x"}],
    "SEED-Bench": [{"question_id": "7", "prediction": "A"}],
    "Visual Dialog": [{"image_id": 1, "round_id": 2, "ranks": [2, 1, 3]}],
    "COCO": [{"image_id": 1, "caption": "a dog"}],
    "LLaVA": [{"question_id": 1, "prompt": "q", "text": "yes", "answer_id": "x", "model_id": "m", "metadata": {}}],
    "VQA": [{"question_id": 1, "answer": "yes"}],
    "GQA": [{"questionId": "1", "prediction": "yes"}],
    "DocVQA": [{"questionId": 1, "answer": "yes"}],
    "VizWiz": [{"image": "a.jpg", "answer": "yes"}],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("ending", ["array", "lines", "commas"])
def test_every_layout_is_told_by_its_fields(layout: str, ending: str, tmp_path: Path) -> None:
    rows = LAYOUTS[layout] * 3
    lines = [json.dumps(row) for row in rows]
    text = json.dumps(rows, indent=4) if ending == "array" else (",\n" if ending == "commas" else "\n").join(lines)
    (tmp_path / "answers").write_text(text + (",\n" if ending == "commas" else ""))
    file = read_answers(tmp_path / "answers")
    assert file.layout == layout
    assert len(file.answers) == 3
    answer = file.answers[0].answer
    assert answer.scores == (-2.0, -1.0, -3.0) if layout == "Visual Dialog" else answer.text in ("yes", "A", "a dog")


def test_answers_by_their_keys_are_read(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text('{"12": "yes", "13": "no"}')
    assert [written.answer.key for written in read_answers(tmp_path / "answers.json").answers] == ["12", "13"]


def test_lmms_tells_the_subtask_and_the_question(tmp_path: Path) -> None:
    row = {
        "doc_id": 3, "target": "Yes", "resps": [["no", {}]], "filtered_resps": [["no"]], "input": "Is it?",
        "mme_perception_score": {"question_id": "color/1.png", "category": "color", "score": 0.0},
    }  # fmt: skip
    (tmp_path / "samples.jsonl").write_text(json.dumps(row))
    (written,) = read_answers(tmp_path / "samples.jsonl").answers
    assert written.answer.key == "color/1.png"
    assert written.answer.text == "no"
    assert written.question
    assert written.question.group == written.question.part == "color"


def test_a_folder_of_mme_keeps_the_image_of_each_line(tmp_path: Path) -> None:
    (tmp_path / "color.txt").write_text("1.png\tIs it red?\tYes\tyes \n1.png\tIs it blue?\tNo\tno\n\n")
    first, second = read_answers(tmp_path).answers
    assert first.answer.text == "yes "
    assert second.question
    assert second.question.image == "1.png"
    assert first.question
    assert first.question.group == "color"
    assert first.question.references == ("Yes",)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no answers"),
        (b"[]", "holds no answers"),
        (b'{"a": {"b": 1}}', "no known format of answers has rows of a"),
        (b"just text\n", "row 1: no JSON object"),
        (b"[1, 2]", "row 1: no JSON object"),
        (b'{"question_id": 1, "text": "a"}\n{"question_id": 2}\n', "row 2: no field 'text'"),
        (b'{"question_id": 1, "text": "a"}\n{"question_id": 2, "te', "row 2: no JSON object"),
        (b'[{"image_id": 1, "round_id": 1, "ranks": ["x"]}]', "row 1: could not convert"),
        (b"\xff\xfe\x00", "is no text"),
        (b'[{"question_id": 1, "text": "a"}, {"que', "is no whole JSON array"),
        (b"1.png\tIs it?\tYes\tyes\n", "is one of MME's texts"),
        (b'{"id": 3, "output": "A"}\n', "no known format of answers has rows of id, output"),
        (b'[{"image_id": 1, "round_id": 1, "ranks": [1' + b"0" * 400 + b"]}]", "row 1: int too large"),
    ],
)
def test_what_is_no_file_of_answers_is_said(content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "answers").write_bytes(content)
    with pytest.raises(DatasetError) as caught:
        read_answers(tmp_path / "answers")
    assert sentence in caught.value.message
    assert caught.value.repair


def test_what_is_packed_with_gzip_is_read(tmp_path: Path) -> None:
    (tmp_path / "answers.gz").write_bytes(gzip.compress(b'{"question_id": 1, "text": "a"}\n'))
    assert read_answers(tmp_path / "answers.gz").answers[0].answer.text == "a"


@pytest.mark.parametrize("cut", [10, -4])
def test_a_damaged_package_is_said(cut: int, tmp_path: Path) -> None:
    (tmp_path / "answers.gz").write_bytes(gzip.compress(b'{"question_id": 1, "text": "a"}\n' * 9)[:cut])
    with pytest.raises(DatasetError, match="is packed and damaged"):
        read_answers(tmp_path / "answers.gz")


def test_null_is_nothing_right(tmp_path: Path) -> None:
    """Read as a word it would be `none`, which VQA reads as 0."""
    row = {"question": "q", "answer": "0", "gt_answers": None, "image_path": "1.png"}
    (tmp_path / "answers").write_text(json.dumps(row))
    (written,) = read_answers(tmp_path / "answers").answers
    assert written.question
    assert written.question.references == ("",)


def test_half_a_character_is_marked(tmp_path: Path) -> None:
    """No file could keep it."""
    (tmp_path / "answers").write_text('{"question_id": "\\ud800", "text": "\\ud800x"}\n')
    (written,) = read_answers(tmp_path / "answers").answers
    assert (written.answer.key, written.answer.text) == ("?", "?x")


def test_what_lmms_takes_for_right_is_what_the_document_says(tmp_path: Path) -> None:
    """Some targets are nothing but the name of a field."""
    row = {"doc_id": 0, "target": "answer", "filtered_resps": ["yes"], "doc": {"answers": ["yes"] * 10}}
    (tmp_path / "samples").write_text(json.dumps(row) + "\n" + json.dumps({**row, "doc": {}}))
    first, second = read_answers(tmp_path / "samples").answers
    assert first.question
    assert first.question.references == ("yes",) * 10
    assert second.question
    assert second.question.references == ()


def test_only_the_files_of_mmes_subtasks_are_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not an answer")
    (tmp_path / "Existence.txt").write_text("1.png\tIs it?\tYes\tyes\n")
    (written,) = read_answers(tmp_path).answers
    assert written.question
    assert written.question.part == "existence"
    (tmp_path / "color.txt").mkdir()
    with pytest.raises(DatasetError, match=r"color\.txt is a folder"):
        read_answers(tmp_path)


def test_nan_and_nothing_are_answers(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text('[{"question_id": 1, "answer": NaN}, {"question_id": 2, "answer": null}]')
    assert [written.answer.text for written in read_answers(tmp_path / "answers").answers] == ["nan", ""]


def test_a_line_of_mme_with_too_few_fields_is_named(tmp_path: Path) -> None:
    (tmp_path / "color.txt").write_text("1.png\tIs it red?\tYes\n")
    with pytest.raises(DatasetError, match=r"color\.txt, line 1: 3 fields where there should be 4"):
        read_answers(tmp_path)
    with pytest.raises(DatasetError, match="is a folder without answers to MME"):
        read_answers(tmp_path / ".." / tmp_path.name / "..")
    with pytest.raises(DatasetError, match=r"There is no file .*nothing\.json"):
        read_answers(tmp_path / "nothing.json")
