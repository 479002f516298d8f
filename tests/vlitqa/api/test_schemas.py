"""JSON Schemas are those of the versions that were published, and what commands print keeps to them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.given.printed_lines import printed_lines
from tests.given.rows import GOOD, written
from tests.given.run_cli import vlitqa
from vlitqa.api.schemas import PRINTED, printed_schema
from vlitqa.errors import UsageError
from vlitqa.results import to_json

SCHEMAS = Path(__file__).resolve().parents[3] / "docs" / "schemas"


@pytest.mark.parametrize("command", PRINTED)
def test_a_schema_is_that_of_its_version(command: str) -> None:
    """Where this fails: raise the version in PRINTED, and keep the new schema beside the old one."""
    published = json.loads((SCHEMAS / f"{command}-{PRINTED[command].version}.json").read_bytes())
    assert json.loads(to_json(printed_schema(command))) == published
    jsonschema.Draft202012Validator.check_schema(published)


def test_every_published_schema_is_of_a_command() -> None:
    assert {path.stem.rpartition("-")[0] for path in SCHEMAS.glob("*.json")} == set(PRINTED)


def test_a_command_without_a_schema_is_named() -> None:
    with pytest.raises(UsageError, match="'scor' has no JSON Schema") as caught:
        printed_schema("scor")
    assert caught.value.repair == "Did you mean score?"


@pytest.mark.slow
def test_what_commands_print_of_datasets_keeps_to_their_schemas(drawings: Path, tmp_path: Path) -> None:
    bad = written(tmp_path / "bad.jsonl", {"nothing": "known"})
    checked = printed_lines("check", vlitqa("check", drawings, bad, "--json", "--near", cwd=tmp_path).stdout)
    assert [set(line) >= {"findings"} for line in checked] == [True, False]
    rows = written(tmp_path / "rows.jsonl", *[{**GOOD, "id": str(row), "more": row} for row in range(12)], "{broken")
    score = ("score", drawings, rows, bad, "--metrics", "light", "--json", "--output", tmp_path / "runs")
    scored = printed_lines("score", vlitqa(*score, cwd=tmp_path).stdout)
    assert ["run" in line for line in scored] == [False, True, True]
    run = scored[1]["run"]
    assert len(printed_lines("report", vlitqa("report", run, "--json", cwd=tmp_path).stdout)) == 1
    select = ("select", run, "--rule", "lexical>=q10", "--json", "--output", tmp_path / "kept.jsonl")
    assert len(printed_lines("select", vlitqa(*select, cwd=tmp_path).stdout)) == 1
    validate = ("validate", drawings, "--metrics", "lexical", "--corruptions", "answers_exchanged", "--json")
    assert len(printed_lines("validate", vlitqa(*validate, cwd=tmp_path).stdout)) == 1
