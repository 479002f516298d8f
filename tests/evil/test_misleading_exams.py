"""`vlitqa eval` on the wrong file, on sentences, and on answers that are all right or all wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluators.benchmarks.figures import mean_of_marks
from tests.given.exam_files import write_exams
from tests.given.run_cli import vlitqa
from vlitqa.results import Figure
from vlitqa.results.exams import ExamQuestion, Mark

pytestmark = pytest.mark.slow


def write_answers(path: Path, rows: Sequence[dict[str, object]]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows), encoding="utf-8")
    return str(path)


def text_rows(folder: str, answer: str, count: int = 40, **fields: object) -> list[dict[str, object]]:
    return [
        {
            "question": f"what is brand {number}?",
            "answer": answer,
            "gt_answers": ["nokia"] * 10,
            "image_path": f"./data/{folder}/train_images/{number}.jpg",
            **fields,
        }
        for number in range(count)
    ]


def evaluate(path: str, benchmark: str = "textvqa", *more: str, cwd: Path) -> tuple[int, str, str]:
    done = vlitqa("eval", "--answers", path, "--benchmark", benchmark, *more, cwd=cwd)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_sentences_that_hold_the_answer_are_named_beside_the_figure_with_the_rule_for_them(tmp_path: Path) -> None:
    path = write_answers(tmp_path / "a.json", text_rows("textVQA", "The brand of the phone is Nokia."))
    _, shown, _ = evaluate(path, cwd=tmp_path)
    assert "100.0% of the answers hold a reference and are wrong, because they say more than it" in shown
    assert "--rules ehub counts them as right" in shown
    _, by_ehub, _ = evaluate(path, "textvqa", "--rules", "ehub", cwd=tmp_path)
    assert "1.0000" in by_ehub
    assert "and are wrong" not in by_ehub


def test_a_few_wordy_answers_are_no_remark(tmp_path: Path) -> None:
    rows = [*text_rows("textVQA", "nokia", 39), *text_rows("textVQA", "The brand is nokia.", 1)]
    _, shown, _ = evaluate(write_answers(tmp_path / "a.json", rows), cwd=tmp_path)
    assert "hold a reference and are wrong" not in shown


@pytest.mark.parametrize("answer", ["nokia", "samsung"])
def test_answers_that_are_all_right_or_all_wrong_have_an_interval_with_a_width(tmp_path: Path, answer: str) -> None:
    path = write_answers(tmp_path / "a.json", text_rows("textVQA", answer))
    _, shown, _ = evaluate(path, "textvqa", "--json", cwd=tmp_path)
    low, high = json.loads(shown)["headline"]["interval"]
    assert high - low == pytest.approx(1.96**2 / (40 + 1.96**2)), "Wilson's at the end: z² / (n + z²)"
    assert 0 <= low < high <= 1


def marks_of(values: Sequence[float], per_image: int) -> list[Mark]:
    questions = [ExamQuestion(str(n), "?", ("a",), image=f"{n // per_image}.png") for n in range(len(values))]
    return [Mark(question, "a", value) for question, value in zip(questions, values, strict=True)]


def test_right_answers_about_the_same_images_are_worth_one_each() -> None:
    blank = Figure("accuracy", "standard", None, direction="up")
    alone = mean_of_marks(blank, marks_of([1.0] * 40, 1), 0).interval
    shared = mean_of_marks(blank, marks_of([1.0] * 40, 4), 0).interval
    assert alone and shared  # noqa: PT018 - both for the type checker
    assert shared[0] == pytest.approx(10 / (10 + 1.96**2)), "ten images"
    assert shared[0] < alone[0]


def test_the_interval_of_a_share_by_images_is_as_wide_as_their_bootstrap() -> None:
    blank = Figure("accuracy", "standard", None, direction="up")
    values = [float((n // 5) % 3 > 0) for n in range(600)]  # five questions an image, all right or all wrong
    share = mean_of_marks(blank, marks_of(values, 5), 0).interval
    soft = mean_of_marks(blank, marks_of([*values[:-1], 0.999], 5), 0).interval  # no share: the bootstrap
    assert share and soft  # noqa: PT018
    assert share == pytest.approx(soft, abs=0.02)


def test_answers_about_the_images_of_another_benchmark_are_refused(tmp_path: Path) -> None:
    path = write_answers(tmp_path / "docvqa.json", text_rows("DocVQA", "nokia"))
    code, _, errors = evaluate(path, cwd=tmp_path)
    assert code == 2
    assert "40 of 40 answers are about images of docvqa, not of TextVQA" in errors
    assert evaluate(path, "docvqa", cwd=tmp_path)[0] == 0
    assert evaluate(path, "vqa", cwd=tmp_path)[0] == 0, "any set of the kind"


def test_more_answers_than_questions_are_said_to_be_of_another_file(tmp_path: Path) -> None:
    path = write_answers(tmp_path / "a.json", text_rows("somewhere", "nokia", 5_349))
    _, shown, _ = evaluate(path, cwd=tmp_path)
    assert "answers that match no question: 349 (check that this is the right file)" in shown
    assert evaluate(path, "textvqa", "--strict", cwd=tmp_path)[0] == 1


def test_answers_whose_ids_are_those_of_other_questions_are_refused(tmp_path: Path) -> None:
    root = write_exams(tmp_path / "exams")
    questions = json.loads((root / "VQA_Datasets" / "TextVQA" / "TextVQA_0.5.1_val.json").read_text())["data"]
    right = [
        {"question_id": row["question_id"], "prompt": f"{row['question']}\nAnswer briefly.", "text": "a"}
        for row in questions
    ]
    other = [{**row, "prompt": "Count every zebra standing near old trains"} for row in right]
    for name, rows, code in (("right", right, 0), ("other", other, 2)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
        done = evaluate(f"{name}.jsonl", "textvqa", "--data-root", str(root), cwd=tmp_path)
        assert done[0] == code, done
    assert "ask something else than the question of TextVQA with the same id" in done[2]


def test_the_model_has_the_name_that_its_rows_carry(tmp_path: Path) -> None:
    path = write_answers(tmp_path / "out.json", text_rows("textVQA", "nokia", model_name="LLaVA"))
    assert json.loads(evaluate(path, "textvqa", "--json", cwd=tmp_path)[1])["model"] == "LLaVA"
    named = evaluate(path, "textvqa", "--json", "--name", "mine", cwd=tmp_path)
    assert json.loads(named[1])["model"] == "mine"


def test_rows_of_several_models_name_none_and_equal_names_fall_back_to_the_files(tmp_path: Path) -> None:
    rows = text_rows("textVQA", "nokia", model_name="LLaVA")
    mixed = write_answers(tmp_path / "mixed.json", [*rows[1:], {**rows[0], "model_name": "BLIP-2"}])
    assert json.loads(evaluate(mixed, "textvqa", "--json", cwd=tmp_path)[1])["model"] == "mixed"
    files = [write_answers(tmp_path / f"seed-{n}.json", rows) for n in (1, 2)]
    done = vlitqa(
        "eval", "--answers", files[0], "--answers", files[1], "--benchmark", "textvqa", "--json", cwd=tmp_path
    )
    assert [json.loads(line)["model"] for line in done.stdout.splitlines()] == ["seed-1", "seed-2"]
