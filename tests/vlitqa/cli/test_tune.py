"""`vlitqa tune`: what a user gets of a small dataset, and what a dataset is told that cannot be learned from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.printed_lines import printed_lines
from tests.given.run_cli import vlitqa

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

pytestmark = pytest.mark.model

SHAPES = Path(__file__).resolve().parents[3] / "examples" / "shapes"
TINY = ("tune", "--preset", "tiny", "--limit", "16", "--batch-size", "4")


def rows(folder: Path, *turns: object) -> Path:
    """A dataset of dialogues without images."""
    lines = [json.dumps({"id": str(number), "conversations": turn}) for number, turn in enumerate(turns)]
    (folder / "data.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "data.jsonl"


def exchange(instruction: str, response: str) -> list[dict[str, str]]:
    return [{"from": "human", "value": instruction}, {"from": "gpt", "value": response}]


def test_a_tuned_model_lies_beside_what_it_came_to_is_tuned_once_and_can_be_tuned_further(tmp_path: Path) -> None:
    done = vlitqa(*TINY, "--data", SHAPES / "dataset.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert {path.name for path in folder.iterdir()} == {"model", "tuning.json", "left_out.jsonl", "report.html"}
    result = json.loads((folder / "tuning.json").read_bytes())
    assert [step["step"] for step in result["steps"]] == [1, 2, 3, 4]
    assert result["steps"][-1]["loss"] < result["steps"][0]["loss"]
    assert result["examples"] == 16
    card = (folder / "model" / "README.md").read_text(encoding="utf-8")
    assert result["dataset_digest"] in card
    again = vlitqa(*TINY, "--data", SHAPES / "dataset.jsonl", "--json", cwd=tmp_path)
    (same,) = printed_lines("tune", again.stdout)
    assert same["steps"] == result["steps"]
    assert "tuned already" in again.stderr
    further = vlitqa(*TINY, "--data", SHAPES / "dataset.jsonl", "--preset", f"{folder}/model", "--json", cwd=tmp_path)
    assert json.loads(further.stdout)["steps"][0]["loss"] < result["steps"][0]["loss"]


def test_a_dry_run_says_memory_and_time_and_writes_nothing(tmp_path: Path) -> None:
    done = vlitqa(*TINY, "--data", SHAPES / "dataset.jsonl", "--lora", "2", "--recompute", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4 steps of 4, 42,240 parameters trained" in done.stderr
    assert "float32: weights" in done.stdout
    assert "all 4 steps: about" in done.stdout
    assert not (tmp_path / "runs").exists()


def test_rows_that_cannot_be_learned_from_are_named_and_counted(tmp_path: Path) -> None:
    data = rows(tmp_path, exchange("Hi.", "Hello."), exchange("Hi.", ""), exchange("Hi.", "The end is </s> here."))
    done = vlitqa("tune", "--preset", "tiny", "--data", data, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "left out, no_response: 1 (line 2;" in done.stderr
    assert "left out, special_token: 1 (line 3;" in done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert json.loads((folder / "tuning.json").read_bytes())["left_out"] == {"no_response": 1, "special_token": 1}
    assert [json.loads(line)["place"]["line"] for line in (folder / "left_out.jsonl").read_text().splitlines()] == [
        2,
        3,
    ]


def test_a_dataset_without_a_response_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    data = rows(tmp_path, exchange("Hi.", ""), exchange("Who?", ""))
    done = vlitqa("tune", "--preset", "tiny", "--data", data, cwd=tmp_path)
    assert done.returncode == 2
    assert "has no row that llava can learn from: it has no response to learn from" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_rows_without_pictures_leave_a_projector_as_it_is(tmp_path: Path) -> None:
    data = rows(tmp_path, exchange("Hi.", "Hello."))
    for options in ([], ["--dry-run"]):
        done = vlitqa("tune", "--preset", "tiny", "--stage", "alignment", "--data", data, *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "lava"], "There is no model 'lava'"),
        (["--stage", "alinment"], "llava has no stage 'alinment'"),
        (["--epochs", "0"], "Nothing would be learned"),
        (["--precision", "bf16"], "There is no precision 'bf16'"),
        (["--preset", "nano", "--precision", "bfloat16"], "is learned by Muon, which needs single precision"),
        (["--preset", "./nowhere"], "neither the path of a folder nor in the cache of the hub"),
    ],
)
def test_a_wrong_option_is_told_what_to_write(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    data = rows(tmp_path, exchange("Hi.", "Hello."))
    done = vlitqa("tune", "--preset", "tiny", "--data", data, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())
    assert not (tmp_path / "runs").exists()
