"""Datasets about videos and sounds, checked and scored from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.given.drawings import file_of, plain
from tests.given.packing import tar_of
from tests.given.recordings import SECONDS, make_sound, make_video
from tests.given.rows import written
from tests.given.run_cli import check_json, vlitqa

pytestmark = pytest.mark.slow
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


def row(number: int, recording: str, kind: str = "video", marks: int = 1) -> dict[str, Any]:
    asked = f"<{kind}>" * marks + f"What happens in number {NUMBERS[number]}?"
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": f"Thing {NUMBERS[number]}."}]
    return {"messages": messages, f"{kind}s": [recording]}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    whole = make_video(folder / "whole.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.mp4").touch()
    make_sound(folder / "tone.wav")
    return written(
        folder / "data.jsonl",
        row(0, "whole.mp4"),
        row(1, "cut.mp4"),
        row(2, "empty.mp4"),
        row(3, "gone.mp4"),
        row(4, "tone.wav"),
        row(5, "whole.mp4", marks=2),
        row(6, "tone.wav", "audio"),
        row(7, "whole.mp4"),
    )


def test_a_check_finds_what_is_wrong_with_recordings_and_nothing_else(dataset: Path, tmp_path: Path) -> None:
    report = check_json(dataset, cwd=tmp_path)
    assert {finding["code"]: finding["examples"] for finding in report["findings"]} == {
        "media_truncated": ["line 2"],
        "media_empty": ["line 3"],
        "media_missing": ["line 4"],
        "media_no_stream": ["line 5"],
        "media_count": ["line 6"],
    }
    assert (report["videos"], report["bad_videos"], report["sounds"], report["bad_sounds"]) == (7, 4, 1, 0)
    assert (report["images"], report["missing_images"], report["bad_images"]) == (0, 0, 0)
    assert report == check_json(dataset, "--engine", "processes", cwd=tmp_path)


def test_the_terminal_says_how_many_recordings_open_and_what_stands_for_videos(dataset: Path, tmp_path: Path) -> None:
    printed = " ".join(vlitqa("check", dataset, "--frames", "2", cwd=tmp_path).stdout.split())
    assert "7 videos: 3 open, 4 bad; 1 sound: 1 open, 0 bad" in printed
    assert "data.jsonl: 2 frames of each video in figures about images." in printed
    assert "in figures about images" not in vlitqa("check", dataset, "--frames", "0", cwd=tmp_path).stdout
    sounds = written(tmp_path / "sounds.jsonl", row(6, "tone.wav", "audio"))
    assert "in figures about images" not in vlitqa("check", sounds, cwd=tmp_path).stdout
    refused = vlitqa("check", dataset, "--frames", "65", cwd=tmp_path)
    assert (refused.returncode, "--frames" in refused.stderr) == (2, True)


def test_a_score_says_the_lengths_and_counts_a_video_once(dataset: Path, tmp_path: Path) -> None:
    done = vlitqa("score", dataset, "--metrics", "integrity,statistics,granularity,duplicates", "--json", cwd=tmp_path)
    card = json.loads(done.stdout)
    assert card["frames"] == 4
    summaries = {scored["metric"]: scored["summary"] for scored in card["scored"]}
    (lengths,) = [table for table in summaries["integrity"]["tables"] if table["title"] == "videos and sounds"]
    videos, sounds = lengths["rows"]
    assert videos[:3] == ["videos", 7, 3]
    assert videos[3:] == pytest.approx([3 * SECONDS, SECONDS, SECONDS, SECONDS], abs=0.11 * 3)
    assert sounds[:3] == ["sounds", 1, 1]

    def value(metric: str, name: str) -> float | None:
        figures = summaries[metric]["figures"]
        return next(figure["value"] for figure in figures if (figure["name"], figure["variant"]) == (name, "sound"))

    assert value("integrity", "usable media") == 4 / 8
    assert value("statistics", "conversations with videos or sounds") == 8
    assert value("statistics", "text-only conversations") == 0
    assert value("granularity", "instructions about several images") == 0, "four frames are one video"
    page = (tmp_path / card["run"] / "report.html").read_text()
    assert "videos and sounds" in page
    assert "frames of each video among the images" in page


def test_a_tar_holds_its_videos_and_sounds(dataset: Path, tmp_path: Path) -> None:
    question = json.dumps({"question": "What happens?", "answer": "A bar moves."}).encode()
    folder = dataset.parent
    members = {
        "a.json": question,
        "a.mp4": (folder / "whole.mp4").read_bytes(),
        "b.json": question,
        "b.mp4": (folder / "cut.mp4").read_bytes(),
        "c.json": question,
        "c.wav": (folder / "tone.wav").read_bytes(),
    }
    members |= {"d.json": question, "d.mp4": members["a.mp4"], "d.png": file_of(plain(64))}
    (tmp_path / "data.tar").write_bytes(tar_of(members))
    report = check_json(tmp_path / "data.tar", cwd=tmp_path)
    assert (report["videos"], report["bad_videos"], report["sounds"], report["bad_sounds"]) == (3, 1, 1, 0)
    assert (report["images"], report["bad_images"]) == (1, 0), "the picture beside a video stays"
    assert report["unread_fields"] == []
