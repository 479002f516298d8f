"""Rows whose point cloud or image stands under a name that no format reads are never called clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.golden_rows import GOLDEN_ROWS
from tests.given.rows import written
from vlitqa.catalogue import load_format
from vlitqa.formats.unread_media import has_unread_media
from vlitqa.reader import open_dataset
from vlitqa.records import NOWHERE, Record, Turn

TURNS = [{"from": "human", "value": "What happens?"}, {"from": "gpt", "value": "A dog runs."}]
TEXT = Record((Turn("What happens?", "A dog runs."),))


def notes(path: Path, *rows: dict[str, object]) -> list[bool]:
    with open_dataset(written(path, *rows)).entries() as entries:
        return ["unread_media" in entry.notes for entry in entries if isinstance(entry, Record)]


@pytest.mark.parametrize(
    "field",
    ["point_cloud", "point_clouds", "pcl_path", "pointcloudFile",
     "image_path", "image_urls", "img", "images_path", "photo"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["a.bin", ["a.bin", "b.bin"]])
def test_a_row_with_a_medium_that_no_format_reads_has_a_finding(tmp_path: Path, field: str, value: object) -> None:
    rows = ({"conversations": TURNS, field: value}, {"conversations": TURNS, field: []}, {"conversations": TURNS})
    assert notes(tmp_path / "data.jsonl", *rows) == [True, False, False]


def test_a_second_name_of_an_image_that_is_read_is_no_finding(tmp_path: Path) -> None:
    turns = [{"from": "human", "value": "<image>\nWhat happens?"}, TURNS[1]]
    row = {"conversations": turns, "image": "1.jpg", "image_url": "https://example.org/1.jpg"}
    assert notes(tmp_path / "data.jsonl", row) == [False]
    assert notes(tmp_path / "more.jsonl", {**row, "point_cloud": "1.pcd"}) == [True]


@pytest.mark.parametrize("value", [{"array": [0.1, 0.2], "sampling_rate": 16_000}, [[0.1, 0.2]], 7])
def test_a_sound_that_is_neither_a_name_nor_bytes_has_a_finding(tmp_path: Path, value: object) -> None:
    assert notes(tmp_path / "data.jsonl", {"conversations": TURNS, "audio": value}) == [True]


@pytest.mark.parametrize(
    "fields",
    [
        {"video_seconds": 12.5, "image_size": [640, 480], "video_id": "v1", "image_id": 7, "audio_paths": [None, ""]},
        {"media_type": "text", "video_caption": "A dog runs.", "image_path": "", "img": None, "audio_file": 3},
    ],
)
def test_what_only_tells_of_a_medium_is_no_finding(fields: dict[str, object]) -> None:
    assert not has_unread_media({"conversations": TURNS, **fields}, TEXT)


@pytest.mark.parametrize("name", GOLDEN_ROWS)
def test_no_row_as_its_format_writes_it_has_the_finding(name: str) -> None:
    for row in GOLDEN_ROWS[name]:
        assert not has_unread_media(row, load_format(name).read(row, place=NOWHERE))
