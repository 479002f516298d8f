"""One object around the rows: every list of rows is read, and an object that does not end is said to be cut off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.run_cli import check_json

pytestmark = pytest.mark.slow


def rows(first: int, count: int) -> list[dict[str, object]]:
    """Numbered rows."""
    return [{"image": f"{n}.png", "question": "What?", "answer": f"A {n}."} for n in range(first, first + count)]


def test_a_wrapper_with_two_splits_gives_the_rows_of_both(tmp_path: Path) -> None:
    path = tmp_path / "splits.json"
    path.write_text(json.dumps({"info": {"a": [1]}, "train": rows(0, 5), "note": "x", "val": rows(5, 7)}))
    report = check_json(path, cwd=tmp_path)
    assert (report["rows"], report["records"], report["cut_off"]) == (12, 12, False)


def test_a_wrapper_that_does_not_end_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text('{"annotations": ' + json.dumps(rows(0, 5)) + ', "mo')
    report = check_json(path, cwd=tmp_path)
    assert (report["rows"], report["records"], report["cut_off"]) == (5, 5, True)
