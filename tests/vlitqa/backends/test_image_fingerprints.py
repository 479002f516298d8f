"""Kept measurements follow the images: their content, their place and their permissions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.run_cli import vlitqa
from tests.given.run_quietly import unwatched
from vlitqa.backends.toolbox import Toolbox
from vlitqa.engines.serial import SerialEngine
from vlitqa.metrics.duplicates import Duplicates
from vlitqa.metrics.integrity import Integrity
from vlitqa.reader import open_dataset
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import Scorecard
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import RunPlace, score_datasets

PICTURE = Path(__file__).resolve().parents[3] / "examples" / "images" / "red_circle.png"


def dataset(folder: Path) -> Path:
    turns = [{"from": "human", "value": "<image>What?"}, {"from": "gpt", "value": "A circle."}]
    path = folder / "rows.jsonl"
    path.write_text(json.dumps({"id": "a", "image": "x.png", "conversations": turns}) + "\n")
    return path


def codes(card: Scorecard) -> list[str]:
    return [finding.code for finding in card.findings()]


def test_an_image_that_appears_between_two_runs_of_one_process_is_seen(tmp_path: Path) -> None:
    rows = dataset(tmp_path)

    def scored() -> Scorecard:
        place = RunPlace(tmp_path / "runs", tmp_path / "cache")
        request = ScoreRequest(metrics=(Integrity(),))
        ((_, _, card),) = score_datasets([open_dataset(rows)], request, place, lambda **_: SerialEngine(), unwatched)
        return card

    assert codes(scored()) == ["image_missing"]
    (tmp_path / "x.png").write_bytes(PICTURE.read_bytes())
    assert codes(scored()) == []


@pytest.mark.slow
def test_a_link_out_of_one_root_is_judged_anew_under_another(tmp_path: Path) -> None:
    rows = dataset(tmp_path)
    for name in ("A", "B"):
        (tmp_path / name).mkdir()
    (tmp_path / "B" / "x.png").write_bytes(PICTURE.read_bytes())
    (tmp_path / "A" / "x.png").symlink_to("../B/x.png")
    codes_by_root = []
    for root in ("A", "B"):
        done = vlitqa("score", rows, "--metrics", "integrity", "--image-root", root, "--json", cwd=tmp_path)
        codes_by_root.append(
            [finding["code"] for finding in json.loads(done.stdout)["scored"][0]["summary"]["findings"]]
        )
    assert codes_by_root == [["image_outside_root"], []]


def test_rows_with_different_broken_images_do_not_repeat_each_other() -> None:
    turn = Turn("What?", "A circle.", (0,))
    contents = (b"broken", b"broken too", b"broken")
    records = [
        Record((turn,), (ImageRef(data=content),), place=Place(row, row + 1)) for row, content in enumerate(contents)
    ]
    metric = Duplicates()
    summary = metric.combine(metric.measure(records, Toolbox().open()))
    assert {finding.code: finding.rows for finding in summary.findings} == {"duplicate_row": 1, "same_text": 1}
