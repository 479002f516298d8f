"""A subset is read with the options that are printed beside it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.given.packing import table_of
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
