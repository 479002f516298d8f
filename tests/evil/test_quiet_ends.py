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
    said = " ".join(done.stderr.split())
    assert done.returncode == 2
    assert "runs is a folder of 5 finished runs, and no run itself." in said
    assert "Name one of them: runs/data0-" in said
    assert said.endswith("and 2 more.")


def test_the_dose_that_does_not_count_is_named(tmp_path: Path) -> None:
    done = vlitqa("validate", written(tmp_path / "data.jsonl", GOOD), "--doses", "0,50", cwd=tmp_path)
    assert done.returncode == 2
    assert "two or more different percentages above 0" in done.stderr
    assert "0 does not count" in done.stderr
