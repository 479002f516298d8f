"""A file of images by name, as MIMIC-IT ships them, gives the records their bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.given.golden_rows import PIXEL, PIXEL_ADDRESS, PIXEL_TEXT
from tests.given.packing import COMPRESSIONS, line_of, lines_of, read_all
from vlitqa.containers.image_table import open_image_table
from vlitqa.errors import DatasetError
from vlitqa.reader import Reading
from vlitqa.records import ImageRef, Record

OTHER = b"other bytes \x00\xff"
INSTRUCTIONS = {
    "meta": {"version": "0.0.1", "author": "x"},
    "data": {
        "SD_INS_1": {"instruction": "What?", "answer": "This.", "image_ids": ["SD_1", "SD_2"], "rel_ins_ids": []},
        "SD_INS_2": {"instruction": "And?", "answer": "That.", "image_ids": ["SD_9"], "rel_ins_ids": ["SD_INS_1"]},
    },
}


def _json(folder: Path) -> Path:
    path = folder / "images"
    path.write_text(json.dumps({"SD_1": PIXEL_TEXT, "SD_2": base64.b64encode(OTHER).decode()}, indent=1))
    return path


def _parquet(folder: Path, name: str = "__index_level_0__", data: str = "base64") -> Path:
    path = folder / "images"
    table = pa.table({name: ["SD_1", "SD_2"], data: [PIXEL_TEXT, base64.b64encode(OTHER).decode()]})
    pq.write_table(table, path, row_group_size=1)
    return path


@pytest.mark.parametrize("write", [_json, _parquet])
def test_images_are_found_by_name_and_the_others_keep_their_names(
    write: Callable[[Path], Path], tmp_path: Path
) -> None:
    data = tmp_path / "SD_instructions.json"
    data.write_bytes(line_of(INSTRUCTIONS))
    first, second = read_all(data, Reading(images=write(tmp_path)))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.images == (ImageRef("SD_1", PIXEL), ImageRef("SD_2", OTHER))
    assert (first.id, first.turns[0].instruction_images) == ("SD_INS_1", (0, 1))
    assert second.images == (ImageRef("SD_9"),)
    assert second.examples == ("SD_INS_1",)


def test_images_can_be_asked_for_in_any_order(tmp_path: Path) -> None:
    for write in (_json, _parquet):
        table = open_image_table(write(tmp_path))
        asked = [table.get(name) for name in ("SD_2", "SD_1", "nowhere", "SD_2", "")]
        assert asked == [OTHER, PIXEL, None, OTHER, None]


@pytest.mark.parametrize(("name", "data"), [("id", "image"), ("image_id", "bytes"), ("key", "image_base64_str")])
def test_parquet_columns_may_have_their_usual_names(name: str, data: str, tmp_path: Path) -> None:
    assert open_image_table(_parquet(tmp_path, name, data)).get("SD_1") == PIXEL


def test_parquet_may_hold_bytes_and_hugging_face_images(tmp_path: Path) -> None:
    rows = [{"id": "a", "image": {"bytes": PIXEL, "path": "a.gif"}}, {"id": "b", "image": {"bytes": None, "path": "b"}}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "structs")
    pq.write_table(pa.table({"id": ["a"], "bytes": [PIXEL]}), tmp_path / "bytes")
    structs = open_image_table(tmp_path / "structs")
    assert (structs.get("a"), structs.get("b")) == (PIXEL, None)
    assert open_image_table(tmp_path / "bytes").get("a") == PIXEL


def test_a_data_address_is_an_image_and_damaged_base64_is_none(tmp_path: Path) -> None:
    (path := tmp_path / "images").write_text(json.dumps({"a": PIXEL_ADDRESS, "b": "A", "c": 7, "d": PIXEL_TEXT}))
    table = open_image_table(path)
    assert [table.get(name) for name in "abcd"] == [PIXEL, b"", None, PIXEL]


def test_an_image_of_more_than_eight_megabytes_is_found(tmp_path: Path) -> None:
    large = bytes(range(256)) * 40_000
    content = {"large": base64.b64encode(large).decode(), "small": PIXEL_TEXT}
    (path := tmp_path / "images").write_text(json.dumps(content))
    table = open_image_table(path)
    assert table.get("large") == large
    assert table.get("small") == PIXEL


def test_an_image_inside_a_row_is_not_replaced(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_bytes(lines_of([{"instruction": "?", "output": "!", "image": [PIXEL_ADDRESS, "SD_2"]}]))
    (record,) = read_all(data, Reading(images=_json(tmp_path)))
    assert isinstance(record, Record)
    assert record.images == (ImageRef("", PIXEL), ImageRef("SD_2", OTHER))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
@pytest.mark.parametrize("write", [_json, _parquet])
def test_a_cut_off_file_of_images_is_an_error(write: Callable[[Path], Path], share: float, tmp_path: Path) -> None:
    path = write(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(DatasetError, match="is damaged"):
        open_image_table(path)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'["a"]', b"words"])
def test_a_file_without_images_is_an_error(content: bytes, tmp_path: Path) -> None:
    (path := tmp_path / "images").write_bytes(content)
    with pytest.raises(DatasetError, match="holds no images by name"):
        open_image_table(path)


def test_parquet_without_a_column_of_names_is_an_error_that_lists_the_columns(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has the columns number, base64"):
        open_image_table(_parquet(tmp_path, "number"))


@pytest.mark.parametrize("packed", ["gz", "zst"])
def test_a_compressed_file_of_images_is_refused_with_the_repair(packed: str, tmp_path: Path) -> None:
    path = _json(tmp_path)
    path.write_bytes(COMPRESSIONS[packed](path.read_bytes()))
    with pytest.raises(DatasetError, match="is compressed") as caught:
        open_image_table(path)
    assert caught.value.repair == "Unpack it."
