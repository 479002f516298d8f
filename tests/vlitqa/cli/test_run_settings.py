"""A file of settings gives commands what their line leaves out, and says which of its words mean nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import vlitqa

pytestmark = pytest.mark.slow
RUN = """
[score]
datasets = ["rows.jsonl"]
metrics = "lexical"
output = "kept"
seed = 3
fail-on = ["rejects", "duplicate_row>99"]
json = true
set = "lexical.budget=500"

[check]
datasets = "rows.jsonl"
near = true
fail-on = "duplicate_row"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    turns = [{"from": "human", "value": "What is on the red table by the door?"}, {"from": "gpt", "value": "A cat."}]
    written(tmp_path / "rows.jsonl", *[{**GOOD, "id": str(row), "conversations": turns} for row in range(3)])
    (tmp_path / "run.toml").write_text(RUN.replace("duplicate_row>99", "rejects>2"))
    return tmp_path


def test_options_and_arguments_come_from_the_file(folder: Path) -> None:
    done = vlitqa("--settings", "run.toml", "score", cwd=folder)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert (printed["seed"], printed["path"], printed["run"].split("/")[0]) == (3, "rows.jsonl", "kept")
    assert printed["scored"][0]["provenance"]["parameters"] == {"budget": 500, "seed": 3}
    assert vlitqa("--settings", "run.toml", "check", cwd=folder).returncode == 1


def test_the_line_of_the_command_replaces_what_the_file_says(folder: Path) -> None:
    line = ("score", "rows.jsonl", "--metrics", "statistics", "--seed", "4", "--output", "other", "--set", "statistics")
    done = vlitqa("--settings", "run.toml", *line[:-2], cwd=folder)
    assert done.returncode == 2, "the file's setting is of a metric that the line does not choose"
    (folder / "run.toml").write_text(
        RUN.replace('set = "lexical.budget=500"\n', "").replace("duplicate_row>99", "error")
    )
    printed = json.loads(vlitqa("--settings", "run.toml", *line[:-2], cwd=folder).stdout)
    assert (printed["seed"], printed["run"].split("/")[0], printed["scored"][0]["metric"]) == (4, "other", "statistics")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('[score]\nmetrix = "light"', "[score]: there is no option 'metrix'.\nDid you mean metrics?"),
        ("[scor]\nseed = 1", "there is no command 'scor'.\nDid you mean score?"),
        ("seed = 1", "seed stands in no table of a command"),
        ("[score]\nseed = [1]", "[score]: seed takes one text, number or truth value"),
        ("[score]\ndatasets = [[1]]", "[score]: datasets takes texts or numbers"),
        ("[score]\nseed = {a = 1}", "[score]: seed takes one text"),
        ("[score", "cannot be read"),
        ("a = " + "[" * 9_000, "cannot be read"),
        ("#" * 70_000, "has more than 65,536 bytes"),
        ('[score]\nseed = "three"', "Invalid value for '--seed'"),
    ],
)
def test_a_file_that_says_nothing_is_refused(content: str, sentence: str, folder: Path) -> None:
    (folder / "bad.toml").write_text(content)
    done = vlitqa("--settings", "bad.toml", "score", "rows.jsonl", cwd=folder)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert vlitqa("--settings", "absent.toml", "score", cwd=folder).returncode == 2
