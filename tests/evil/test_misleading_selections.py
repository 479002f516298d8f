"""`vlitqa select` where nothing is left, where rows were never scored, and where a rule has nothing to judge by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, vlitqa

pytestmark = pytest.mark.slow


def scored(folder: Path, *options: object) -> Path:
    """The run of nine rows."""
    rows = [{**GOOD, "id": str(number), "image": "gone.jpg"} for number in range(9)]
    dataset = written(folder / "data.jsonl", *rows)
    assert vlitqa("score", *LIGHT, dataset, *options, cwd=folder).returncode == 0
    (run,) = (folder / "runs").iterdir()
    return run


def test_rules_that_keep_nothing_leave_the_earlier_subset_where_it_is(tmp_path: Path) -> None:
    run = scored(tmp_path)
    assert vlitqa("select", run, "--budget", 2, cwd=tmp_path).returncode == 0
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    done = vlitqa("select", run, "--rule", "drop:image_missing", cwd=tmp_path)
    assert done.returncode == 2
    assert "The rules keep none of 9 rows: drop:image_missing drops 9." in done.stderr
    assert "no earlier subset was replaced" in done.stderr
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        (300, ""),
        (8, "The run measured the first 8 records: 1 other row was never scored, and no subset holds them."),
        (3, "The run measured the first 3 records: 6 other rows were never scored, and no subset holds them."),
    ],
)
def test_only_rows_that_are_there_are_said_to_be_unscored(limit: int, sentence: str, tmp_path: Path) -> None:
    run = scored(tmp_path, "--limit", limit)
    done = vlitqa("select", run, "--budget", "50%", "--json", cwd=tmp_path)
    assert sentence in done.stderr
    assert ("never scored" in done.stderr) == bool(sentence)
    assert json.loads(done.stdout)["unscored"] == max(0, 9 - limit)


def test_a_rule_of_a_metric_without_a_value_is_refused_with_what_would_measure_it(tmp_path: Path) -> None:
    run = scored(tmp_path)
    for rule in (
        ("--rule", "matching>=q25"),
        ("--rule", "tasks<=even"),
        ("--rule", "responses<=5"),
        ("--rule", "drop:judged_incorrect"),
        ("--budget", "50%:matching"),
    ):
        done = vlitqa("select", run, *rule, cwd=tmp_path)
        assert done.returncode == 2
        assert "did not measure" in done.stderr
        assert "data.jsonl --metrics" in done.stderr
    assert not list(run.glob("selected*"))


def test_a_rule_of_a_metric_that_could_not_be_measured_keeps_no_row_unjudged(tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", *({**GOOD, "id": str(number)} for number in range(9)))
    options = ("--metrics", "accuracy", "--profile", "paper")
    assert vlitqa("score", dataset, *options, cwd=tmp_path, OPENAI_API_KEY="", HF_HUB_OFFLINE="1").returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    done = vlitqa("select", run, "--rule", "accuracy>=0.5", cwd=tmp_path)
    assert done.returncode == 2
    assert "The run has no value of 'accuracy': " in done.stderr
    assert "vlitqa doctor" in done.stderr


@pytest.mark.parametrize("budget", ["0%", "200%", "0", "2.5", "many"])
def test_an_error_about_a_budget_names_the_option_that_was_typed(budget: str, tmp_path: Path) -> None:
    done = vlitqa("select", scored(tmp_path), "--budget", budget, cwd=tmp_path)
    assert done.returncode == 2
    assert f"Error: --budget {budget!r}" in done.stderr
    assert "budget:" not in done.stderr
