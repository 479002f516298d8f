"""Fields that a format does not read are named once, and no other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import vlitqa
from tests.given.golden_rows import GOLDEN_ROWS
from tests.given.run_cli import check_json
from tests.given.run_cli import vlitqa as run_command
from vlitqa.catalogue import load_format
from vlitqa.formats.unread_fields import find_unread_fields
from vlitqa.reader import Reading, open_dataset
from vlitqa.records import NOWHERE, RawRow

TALK = [{"from": "human", "value": "What is it?"}, {"from": "gpt", "value": "A chair."}]
ROWS = [
    {"id": "1", "conversations": TALK, "score": 0.5, "url": ""},
    {"id": "2", "conversations": TALK[:1], "score": None, "tags": ["a"]},
    {"id": "3", "conversations": 7, "broken": 1},
]


def write(folder: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_what_holds_something_and_is_not_asked_for_is_unread(tmp_path: Path) -> None:
    """A field that is empty everywhere is none, and neither is one of rows that are rejected."""
    assert open_dataset(write(tmp_path, ROWS)).unread_fields == ("score", "tags")


def test_rows_and_records_stay_as_they_are() -> None:
    row = {"id": "1", "conversations": TALK, "score": 0.5}
    before = dict(row)
    llava = load_format("llava")
    assert find_unread_fields(llava, [RawRow(NOWHERE, row)]) == ("score",)
    assert row == before


@pytest.mark.parametrize("name", GOLDEN_ROWS)
def test_what_carries_a_record_is_always_read(name: str) -> None:
    """Instructions, responses and images are never among them: dropping a named field changes no record."""
    shape = load_format(name)
    for row in GOLDEN_ROWS[name]:
        unread = find_unread_fields(shape, [RawRow(NOWHERE, row)])
        rest = {field: value for field, value in row.items() if field not in unread}
        whole, less = (shape.read(fields, place=NOWHERE) for fields in (row, rest))
        assert (whole.turns, whole.images, whole.id, whole.system) == (less.turns, less.images, less.id, less.system)


def test_whoever_maps_fields_knows_which_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, [{"frage": "What is it?", "antwort": "A chair.", "nr": 1}])
    mapped = open_dataset(path, Reading(mapping={"instruction": "frage", "response": "antwort"}))
    assert mapped.unread_fields == ()


def test_check_score_the_page_and_python_name_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path, ROWS[:2])
    assert check_json(path, cwd=tmp_path)["unread_fields"] == ["score", "tags"]
    assert "rows.jsonl: not read: score, tags." in run_command("check", path, cwd=tmp_path).stdout
    scored = run_command("score", path, "--metrics", "integrity", cwd=tmp_path)
    assert scored.stdout.count("not read: score, tags.") == 1
    (run,) = (tmp_path / "runs").iterdir()
    assert json.loads((run / "scorecard.json").read_bytes())["unread_fields"] == ["score", "tags"]
    assert "fields that are not read" in (run / "report.html").read_text(encoding="utf-8")
    assert "not read: score" in repr(vlitqa.check([ROWS[0]], quiet=True))
    assert (
        "not read"
        not in run_command("check", write(tmp_path, [{"id": "1", "conversations": TALK}]), cwd=tmp_path).stdout
    )
