"""The example of the README: made by the command that the docs give, and measured by every metric."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.given.run_cli import vlitqa
from vlitqa.catalogue import METRICS

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "shapes"


@pytest.mark.slow
def test_the_documented_command_makes_the_example_again(tmp_path: Path) -> None:
    docs = " ".join((ROOT / "docs" / "shapes.md").read_text(encoding="utf-8").split())
    found = re.search(r"`vlitqa (shapes \w+ )examples/shapes( [^`]+)`", docs)
    assert found
    done = vlitqa(*found[1].split(), tmp_path / "again", *found[2].split(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = {path.relative_to(tmp_path / "again"): path for path in (tmp_path / "again").rglob("*") if path.is_file()}
    kept = {path.relative_to(EXAMPLE): path for path in EXAMPLE.rglob("*") if path.is_file()}
    assert made.keys() == kept.keys()
    assert [name for name, path in made.items() if path.read_bytes() != kept[name].read_bytes()] == []


@pytest.mark.model
def test_every_metric_has_a_number_and_nothing_is_fetched(tmp_path: Path) -> None:
    pytest.importorskip("open_clip", reason="pip install 'vlitqa[models]'")
    nowhere = "http://127.0.0.1:9"
    done = vlitqa("score", EXAMPLE / "dataset.jsonl", "--json", cwd=tmp_path, HTTPS_PROXY=nowhere, HTTP_PROXY=nowhere)
    assert done.returncode == 0, done.stderr
    assert "nano-judge" in done.stderr
    (card,) = [json.loads(path.read_text()) for path in tmp_path.glob("runs/*/scorecard.json")]
    (judged,) = [each for each in card["scored"] if each["metric"] == "accuracy"]
    assert [each["code"] for each in judged["summary"]["findings"]] == ["judged_incorrect"]
    measured = {each["metric"] for each in card["scored"] if each["summary"]["figures"][0]["value"] is not None}
    assert measured == set(METRICS)
