"""`vlitqa eval` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.given.exam_files import write_exams
from tests.given.printed_lines import printed_lines
from tests.given.run_cli import vlitqa

pytestmark = pytest.mark.slow

ANSWERS = [
    {"question": "what is written in the image?", "answer": answer, "gt_answers": right, "image_path": f"{image}.png"}
    for image, (answer, right) in enumerate(
        [("It says Stop.", "STOP"), ("go", "&"), ("tree", "EXIT"), ("exit", "EXIT")]
    )
]


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    (tmp_path / "LLaVA.json").write_text(json.dumps(ANSWERS))
    return tmp_path / "LLaVA.json"


def test_a_table_says_value_error_coverage_and_what_is_odd(answers: Path) -> None:
    done = vlitqa("eval", "--answers", str(answers), "--benchmark", "ocr", cwd=answers.parent)
    assert done.returncode == 0, done.stderr
    assert "LLaVA   text in images (standard)   word accuracy   ↑   0.6667" in done.stdout
    assert "LLaVA (format: LVLM-eHub): 4 questions answered; the number of questions is unknown." in done.stdout
    assert "1  empty reference: left out" in done.stdout
    ehub = vlitqa("eval", "--answers", str(answers), "--benchmark", "ocr", "--rules", "ehub", cwd=answers.parent)
    assert "0.7500" in ehub.stdout
    assert "any answer with a word in it is right" in ehub.stdout


def test_json_has_headline_breakdown_coverage_and_quirks(answers: Path) -> None:
    done = vlitqa("eval", "--answers", str(answers), "--benchmark", "wordart", "--json", cwd=answers.parent)
    (result,) = printed_lines("eval", done.stdout)
    assert set(result) == {"model", "benchmark", "rules", "headline", "breakdown", "coverage", "quirks", "remarks"}
    assert result["headline"]["value"] == pytest.approx(2 / 3)
    assert result["coverage"]["questions"] == 1511
    assert result["coverage"]["answered"] == 4


def test_strict_fails_on_a_missing_answer(answers: Path) -> None:
    command = ("eval", "--answers", str(answers), "--benchmark", "wordart", "--strict")
    done = vlitqa(*command, cwd=answers.parent)
    assert done.returncode == 1
    assert "4 of 1,511 questions answered; fewer than half: check that this is the right benchmark." in done.stdout
    assert "--strict: LLaVA does not have exactly one answer to every question" in done.stderr
    assert vlitqa(*command[:-2], "ocr", "--strict", cwd=answers.parent).returncode == 0


def test_questions_come_from_the_data_root(tmp_path: Path) -> None:
    root = write_exams(tmp_path / "exams")
    rows = [{"question_id": str(number), "text": letter} for number, letter in enumerate("ABCA")]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = ("eval", "--answers", "a.jsonl", "--benchmark", "seed", "--data-root", str(root), "--json")
    result = json.loads(vlitqa(*command, cwd=tmp_path).stdout)
    assert result["headline"]["value"] == 75
    assert result["coverage"] | {"conflicting": []} == {
        "questions": 6, "answered": 4, "missing": ["v4 (Which of 4?)", "v5 (Which of 5?)"], "extra": 0,
        "repeated": 0, "conflicting": [], "differing": 0, "twice": 0, "by_order": 0,
        "settled": True,
    }  # fmt: skip


def test_several_models_stand_in_one_table_and_are_kept(answers: Path) -> None:
    other = answers.with_name("other.json")
    other.write_text(json.dumps([{**row, "answer": "exit"} for row in ANSWERS]))
    command = ("eval", "--answers", "LLaVA.json", "--answers", "other.json", "--benchmark", "ocr", "--output", "run")
    done = vlitqa(*command, "--name", "one", "--name", "two", "--markdown", cwd=answers.parent)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("| model | benchmark | metric |")
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| one", "| two"]
    assert len(pq.read_table(answers.parent / "run" / "exams.parquet")) == 8


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--benchmark", "worldart"), "Did you mean wordart?"),
        (("--benchmark", "mme"), "has the right answer 'STOP', which MME never has."),
        (("--benchmark", "ocr", "--rules", "lmms"), "ocr has no rules 'lmms'"),
        (("--benchmark", "ocr", "--data-root", "."), "is a kind of sets and has no files of its own"),
        (("--benchmark", "wordart", "--data-root", "."), "WordArt/test_label.txt is not in ."),
        (("--benchmark", "wordart", "--data-root", "gone"), "--data-root gone is no folder"),
        (("--benchmark", "ocr", "--json", "--latex"), "exclude each other"),
        (("--benchmark", "ocr", "--name", "a", "--name", "b"), "--name must be given once for each"),
        (("--benchmark", "ocr", "--answers", "none.json"), "There is no file none.json"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(answers: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = vlitqa("eval", "--answers", "LLaVA.json", *arguments, cwd=answers.parent)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_models_have_names_of_their_own(answers: Path) -> None:
    """The part before its first dot is not enough, and two files may be called alike."""
    for name in ("llava-v1.5-7b.json", "a/answers.json", "b/answers.json"):
        (answers.parent / name).parent.mkdir(exist_ok=True)
        (answers.parent / name).write_text(json.dumps(ANSWERS))
    command = ("eval", "--benchmark", "ocr", "--json", "--answers")
    assert json.loads(vlitqa(*command, "llava-v1.5-7b.json", cwd=answers.parent).stdout)["model"] == "llava-v1.5-7b"
    done = vlitqa(*command, "a/answers.json", "--answers", "b/answers.json", cwd=answers.parent)
    assert [json.loads(line)["model"] for line in done.stdout.splitlines()] == ["a/answers", "b/answers"]
    for names in (("x", "x"), ("x", " ")):
        named = [word for name in names for word in ("--name", name)]
        done = vlitqa(*command, "a/answers.json", "--answers", "b/answers.json", *named, cwd=answers.parent)
        assert done.returncode == 2
        assert "Every model needs a different name" in done.stderr


@pytest.mark.parametrize(
    ("file", "content"),
    [("exams.parquet", b"x"), ("exams.parquet", b""), ("exams.json", b"[{}]"), ("exams.json", b"{")],
)
def test_a_folder_with_damaged_exams_is_left_alone(answers: Path, file: str, content: bytes) -> None:
    kept = answers.parent / "kept"
    kept.mkdir()
    (kept / file).write_bytes(content)
    done = vlitqa("eval", "--answers", answers, "--benchmark", "ocr", "--output", kept, cwd=answers.parent)
    assert done.returncode == 2
    assert f"{file} holds no exams" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in kept.iterdir()] == [file]
    assert (kept / file).read_bytes() == content


def test_a_result_that_is_replaced_is_told(answers: Path) -> None:
    command = ("eval", "--answers", answers, "--benchmark", "ocr", "--output", "kept")
    assert "replaced" not in vlitqa(*command, cwd=answers.parent).stderr
    assert "1 earlier results of the same models in kept were replaced" in vlitqa(*command, cwd=answers.parent).stderr


def test_the_catalogue_lists_benchmarks_with_their_files(tmp_path: Path) -> None:
    done = vlitqa("catalogue", "benchmarks", cwd=tmp_path)
    assert done.returncode == 0
    assert "MME: perception (official, lmms, words)" in done.stdout
    assert "visdial_1.0_val.json" in done.stdout
    one = vlitqa("catalogue", "textvqa", cwd=tmp_path).stdout
    assert "standard, ehub, vqa, lavis, server" in one
    assert "TextVQA_0.5.1_val.json" in one
    assert "5,000" in one


def test_exams_of_the_shapes_world_are_read(tmp_path: Path) -> None:
    """Answers that are all right get everything; what a harness would write of them is what is read."""
    assert vlitqa("shapes", "seed-bench", "exam", "--size", "2", "--side", "32", cwd=tmp_path).returncode == 0
    content = json.loads((tmp_path / "exam" / "SEED-Bench.json").read_text())
    rows = [{"question_id": row["question_id"], "prediction": row["answer"]} for row in content["questions"]]
    (tmp_path / "right.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = ("eval", "--answers", "right.jsonl", "--benchmark", "seed", "--data-root", "exam", "--strict", "--json")
    result = json.loads(vlitqa(*command, cwd=tmp_path).stdout)
    assert result["headline"]["value"] == 100
    assert len(result["breakdown"]) == 9
    assert vlitqa("shapes", "mme", "doubts", "--size", "1", "--side", "32", cwd=tmp_path).returncode == 0
    files = sorted((tmp_path / "doubts").glob("*/*.txt"))
    rows = [
        {
            "question_id": f"{path.parent.name}/{path.stem}.png",
            "prompt": line.split("\t")[0],
            "text": line.split("\t")[1],
        }
        for path in files
        for line in path.read_text().splitlines()
    ]
    (tmp_path / "doubts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = ("eval", "--answers", "doubts.jsonl", "--benchmark", "mme", "--data-root", "doubts", "--strict", "--json")
    result = json.loads(vlitqa(*command, cwd=tmp_path).stdout)
    assert all(figure["value"] == 200 for figure in result["breakdown"] if figure["name"] != "cognition")
