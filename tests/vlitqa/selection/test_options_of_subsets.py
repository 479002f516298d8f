"""A subset is read with the options that are printed beside it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.given.packing import table_of
from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, check_json, vlitqa
from vlitqa.runs.finished import open_run
from vlitqa.selection.subset import SelectionRequest, write_selection

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("option", [("--map", "instruction=foo,response=b r,image=baz"), ("--format", "caption-rows")])
def test_a_subset_is_read_as_its_dataset_was(option: tuple[str, str], tmp_path: Path) -> None:
    fields = ("foo", "b r", "baz") if option[0] == "--map" else ("question", "answer", "image")
    rows = [dict(zip(fields, (f"What is {n}?", f"It is {n}.", f"{n}.jpg"), strict=True)) for n in range(4)]
    (tmp_path / "data.csv").write_bytes(table_of(rows))
    assert vlitqa("score", *LIGHT, "data.csv", *option, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    outcome = write_selection(open_run(run), SelectionRequest(rules=["budget:2"], dataset=tmp_path / "data.csv"))
    report = check_json(Path(outcome.subset), *shlex.split(outcome.options), cwd=tmp_path)
    assert (report["records"], report["rejects"]) == (2, 0)
    assert option[0] in outcome.options


def test_the_settings_beside_a_dataset_are_said_where_they_are_not_beside_the_subset(tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", GOOD, {**GOOD, "id": "b"})
    (tmp_path / "vlitqa.toml").write_text('profile = "shapes"\n[tools]\nparser = "chunks"\n')
    assert vlitqa("score", *LIGHT, dataset, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    done = vlitqa("select", run, "--budget", 1, cwd=tmp_path)
    assert "give --profile shapes --tool parser=chunks." in " ".join(done.stdout.split())
    beside = vlitqa("select", run, "--budget", 1, "--output", tmp_path / "beside.jsonl", cwd=tmp_path)
    assert beside.returncode == 0
    assert "--profile" not in beside.stdout
