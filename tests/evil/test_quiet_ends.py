"""A command that did less than it was asked for says so, and one that did all of it does not end as if it had not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.judge_server import JudgeServer
from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, vlitqa

pytestmark = pytest.mark.slow


def test_a_dataset_that_is_named_twice_is_scored_once_and_well(tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", GOOD)
    done = vlitqa("score", dataset, dataset, *LIGHT, cwd=tmp_path)
    assert (done.returncode, done.stdout.count("Page:") + done.stderr.count("Page:")) == (0, 1)
    assert len(list((tmp_path / "runs").iterdir())) == 1


@pytest.mark.parametrize(
    ("metric", "tool", "sentence"),
    [("accuracy", "judge", "no turn was judged"), ("difficulty", "critic", "no turn was graded")],
)
def test_a_judge_that_does_not_answer_is_said_with_its_reason_and_is_no_success(
    metric: str, tool: str, sentence: str, tmp_path: Path
) -> None:
    dataset = written(tmp_path / "data.jsonl", GOOD, {**GOOD, "id": "b"})
    with JudgeServer("404") as server:
        judge = ("--metrics", metric, "--tool", f"{tool}=server:{server.url}@m", "--fail-on", "failed")
        done = vlitqa("score", dataset, *judge, cwd=tmp_path)
    assert f"{sentence}: HTTP 404 (2 records)" in " ".join(done.stdout.split())
    assert f"row 2: {metric} failed: HTTP 404" in done.stderr
    assert "breaks --fail-on failed: 2 of 2 rows" in done.stderr
    assert done.returncode == 3
    (page,) = (tmp_path / "runs").glob("*/report.html")
    assert f"{sentence}: HTTP 404 (2 records)" in page.read_text(encoding="utf-8")


def test_a_folder_of_runs_is_said_to_be_one_and_its_runs_are_named(tmp_path: Path) -> None:
    for number in range(5):
        dataset = written(tmp_path / f"data{number}.jsonl", GOOD)
        assert vlitqa("score", dataset, *LIGHT, cwd=tmp_path).returncode == 0
    done = vlitqa("select", "runs", "--budget", 1, cwd=tmp_path)
    message = " ".join(done.stderr.split())
    assert done.returncode == 2
    assert "runs is a folder of 5 finished runs, and no run itself." in message
    assert "Name one of them: runs/data0-" in message
    assert message.endswith("and 2 more.")


def test_the_dose_that_does_not_count_is_named(tmp_path: Path) -> None:
    done = vlitqa("validate", written(tmp_path / "data.jsonl", GOOD), "--doses", "0,50", cwd=tmp_path)
    assert done.returncode == 2
    assert "two or more percentages between 0 and 100; 0 does not count" in done.stderr
    assert "dose 0, are always measured" in done.stderr


@pytest.mark.parametrize(
    ("metric", "corruption", "why"),
    [
        (
            "lexical",
            "images_swapped",
            "no corruption that was chosen is aimed at it; these are: instructions_collapsed",
        ),
        ("integrity", "images_swapped", "no corruption is aimed at it"),
        ("lexical", "responses_repeated", ""),
        ("matching", "images_swapped", "Not compared: matching: "),
    ],
)
def test_a_validation_that_compared_nothing_says_why_and_is_no_success(
    metric: str, corruption: str, why: str, tmp_path: Path
) -> None:
    talks = [[("human", f"What is in picture {n} of street {n}?"), ("gpt", f"A dog of street {n}.")] for n in range(9)]
    turns = [[{"from": role, "value": text} for role, text in talk] for talk in talks]
    rows = [{"id": str(n), "image": f"{n}.jpg", "conversations": turns[n]} for n in range(9)]
    dataset = written(tmp_path / "data.jsonl", *rows)
    choice = ("--metrics", metric, "--corruptions", corruption, "--tool", "matcher=open-clip:nowhere@/nowhere.bin")
    done = vlitqa("validate", dataset, *choice, cwd=tmp_path)
    assert done.returncode == (2 if why else 0)
    assert ("Not compared: " in done.stderr) == bool(why)
    assert why in " ".join(done.stderr.split())
