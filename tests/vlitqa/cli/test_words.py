"""The words of commands: every place on demand, numbers with their nouns, and names that are all there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, check_json, vlitqa

pytestmark = pytest.mark.slow


def test_all_places_of_a_finding_are_listed_on_demand(tmp_path: Path) -> None:
    broken = [{**GOOD, "id": f"b{number}", "image": "absent.jpg"} for number in range(30)]
    dataset = written(tmp_path / "data.jsonl", *["{broken"] * 25, "", *broken)
    few = {finding["code"]: finding["examples"] for finding in check_json(dataset, cwd=tmp_path)["findings"]}
    every = check_json(dataset, "--all-places", cwd=tmp_path)["findings"]
    places = {finding["code"]: finding["examples"] for finding in every}
    assert {code: len(lines) for code, lines in few.items()} == dict.fromkeys(few, 20)
    assert places["malformed_json"] == [f"line {line}" for line in range(1, 26)]
    assert places["image_missing"] == [f"line {line}" for line in range(27, 57)]
    assert all(len(finding["examples"]) == finding["rows"] for finding in every)
    assert vlitqa("check", dataset, "--all-places", cwd=tmp_path).returncode == 2


def test_one_row_is_one_row(tmp_path: Path) -> None:
    shown = vlitqa("check", written(tmp_path / "data.jsonl", GOOD), cwd=tmp_path).stdout
    assert "1 row: 1 record, 0 rejected; 0 images: 0 open" in shown


def test_a_parser_does_not_stutter(tmp_path: Path) -> None:
    rows = written(tmp_path / "data.jsonl", GOOD, '{"id": "unterminated', {**GOOD, "id": "b"})
    findings = {finding["code"]: finding for finding in check_json(rows, cwd=tmp_path)["findings"]}
    assert findings["malformed_json"]["detail"] == "line 2: Unterminated string starting at character 7"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [(("--engine", "xyz"), "Known are auto, processes, ray, serial."), (("--metrics", "al"), "Did you mean all?")],
)
def test_a_list_of_names_leaves_none_out(arguments: tuple[str, ...], names: str, tmp_path: Path) -> None:
    done = vlitqa("score", written(tmp_path / "data.jsonl", GOOD), *arguments, cwd=tmp_path)
    assert names in done.stderr


def test_a_selection_says_what_was_never_scored_and_what_it_replaced(tmp_path: Path) -> None:
    rows = [{**GOOD, "id": str(number)} for number in range(9)]
    dataset = written(tmp_path / "data.jsonl", *rows)
    assert vlitqa("score", *LIGHT, "--limit", 3, dataset, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    first, second = (vlitqa("select", run, "--budget", "50%", "--json", cwd=tmp_path) for _ in range(2))
    limited = "The run measured the first 3 records: 6 other rows were never scored, and no subset holds them."
    assert limited in first.stderr
    assert "replaced" not in first.stderr
    assert f"The subset of an earlier selection was replaced: {json.loads(second.stdout)['subset']}." in second.stderr


def test_shares_in_tables_are_percentages(tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", *[{**GOOD, "id": str(number)} for number in range(3)])
    shown = vlitqa("score", "--metrics", "statistics", "--details", dataset, cwd=tmp_path).stdout
    beginnings = shown.partition("beginnings of instructions")[2].splitlines()
    assert any("hello?" in line and "100 %" in line for line in beginnings)
