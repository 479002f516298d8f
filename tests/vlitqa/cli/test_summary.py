"""What `score` prints first fits a screen, names each lack once, and says what to type next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, vlitqa

pytestmark = pytest.mark.slow


def test_a_summary_of_all_kinds_of_metrics_fits_a_screen(drawings: Path, tmp_path: Path) -> None:
    done = vlitqa("score", drawings, "--metrics", "light,accuracy,difficulty", cwd=tmp_path, COLUMNS="120")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) <= 40
    assert done.stdout.count("Not measured: accuracy: ") == 1
    assert "image_missing" in done.stdout
    assert "clean records (sound)" in done.stdout
    assert "vlitqa select runs/drawings-" in done.stderr


def test_several_datasets_are_told_how_to_be_seen_side_by_side(tmp_path: Path) -> None:
    first, second = (written(tmp_path / f"{name}.jsonl", GOOD) for name in ("one", "two"))
    done = vlitqa("score", *LIGHT, first, second, cwd=tmp_path)
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("Side by side on one page: "))
    assert vlitqa(*line.partition("vlitqa ")[2].split(), cwd=tmp_path).returncode == 0


def test_the_next_step_drops_the_worst_fault_that_leaves_a_row(tmp_path: Path) -> None:
    rows = [{"question": "What is it?", "answer": "" if not n else f"It is {n}.", "image": "a.jpg"} for n in range(5)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = vlitqa("score", *LIGHT, "data.jsonl", cwd=tmp_path)
    codes = [line.split()[1] for line in done.stdout.splitlines() if line.split()[:1] in (["error"], ["warning"])]
    assert codes == ["image_missing", "empty_response"]
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("Rows without "))
    assert line.endswith("--rule drop:empty_response")
