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
    command = re.search(r"`vlitqa (shapes \w+ )examples/shapes( [^`]+)`", docs)
    assert command
    again = tmp_path / "again"
    done = vlitqa(*command[1].split(), again, *command[2].split(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = {path.relative_to(again): path for path in again.rglob("*") if path.is_file()}
    shipped = {path.relative_to(EXAMPLE): path for path in EXAMPLE.rglob("*") if path.is_file()}
    assert written.keys() == shipped.keys()
    assert [name for name, path in written.items() if path.read_bytes() != shipped[name].read_bytes()] == []


@pytest.mark.model
def test_every_metric_has_a_number_where_rows_suffice_and_nothing_is_fetched(tmp_path: Path) -> None:
    pytest.importorskip("open_clip", reason="pip install 'vlitqa[models]'")
    nowhere = "http://127.0.0.1:9"
    command = (
        "score",
        EXAMPLE / "dataset.jsonl",
        "--limit",
        "60",
        "--json",
    )  # `make demo` scores all
    done = vlitqa(*command, cwd=tmp_path, HTTPS_PROXY=nowhere, HTTP_PROXY=nowhere)
    assert done.returncode == 0, done.stderr
    assert "nano-judge" in done.stderr
    (card,) = [json.loads(path.read_text()) for path in tmp_path.glob("runs/*/scorecard.json")]
    summaries = {scored["metric"]: scored["summary"] for scored in card["scored"]}
    assert [finding["code"] for finding in summaries["accuracy"]["findings"]] == ["judged_incorrect"]
    measured = {metric for metric, summary in summaries.items() if summary["figures"][0]["value"] is not None}
    too_little = {"caption_match": "its rows have no captions", "image_variety": "60 images are fewer than 300"}
    assert set(METRICS) - measured == too_little.keys()
