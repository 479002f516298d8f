"""Parquet packs what it repeats, and says what Python cannot: a row is bounded before it is made, and never a crash."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.evil.test_bombs import read_in_bounded_memory
from tests.given.packing import codes, ids, line_of, read_all, the_reject
from vlitqa.containers.decode import LINE_CAP
from vlitqa.errors import DatasetError, VlitqaError
from vlitqa.reader import Reading, open_dataset
from vlitqa.records import Record

LARGE = 30 << 20


def _rows(count: int, **columns: object) -> pa.Table:
    """Rows of questions and answers, with further columns."""
    numbers = range(count)
    texts = {"id": [f"row-{n}" for n in numbers], "instruction": [f"What is {n}?" for n in numbers]}
    return pa.table({**texts, "output": ["That."] * count, **columns})


def _write(folder: Path, table: pa.Table, **options: object) -> Path:
    path = folder / "data.parquet"
    pq.write_table(table, path, **options)
    return path


def _repeated(value: object, kind: pa.DataType, rows: int) -> pa.Array:
    """One value in so many rows, held once."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([value], kind))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("read_as", ["a dictionary", "texts"])
def test_one_text_of_30_megabytes_in_300_rows_is_never_held_300_times(
    kind: pa.DataType, read_as: str, tmp_path: Path
) -> None:
    story = _repeated("a" * LARGE, kind, 300)
    path = _write(tmp_path, _rows(300, story=story), compression="zstd", store_schema=read_as == "a dictionary")
    assert path.stat().st_size < LARGE // 500
    assert read_in_bounded_memory(path, gigabytes=2) == ["line_too_long"] * 300


@pytest.mark.slow
def test_texts_that_each_repeat_the_one_before_are_never_held_together(tmp_path: Path) -> None:
    table = _rows(45, story=["a" * LARGE] * 45)
    encodings = dict.fromkeys(("id", "instruction", "output", "story"), "DELTA_BYTE_ARRAY")
    path = _write(tmp_path, table, compression="zstd", use_dictionary=False, column_encoding=encodings)
    assert read_in_bounded_memory(path, gigabytes=1.5) == ["line_too_long"] * 45


def test_a_text_over_the_cap_rejects_its_own_row_alone(tmp_path: Path) -> None:
    stories = ["short", "a" * (LINE_CAP + 1), "a" * (LINE_CAP // 2), None]
    entries = read_all(_write(tmp_path, _rows(4, story=stories)))
    assert ids(entries) == ["row-0", "row-2", "row-3"]
    reject = the_reject(entries)
    assert (reject.code, reject.place.row) == ("line_too_long", 1)


def test_an_image_in_a_row_may_be_larger_than_a_text(tmp_path: Path) -> None:
    image = bytes(LINE_CAP + 1)
    table = _rows(2, image=pa.array([{"bytes": image, "path": "a.png"}] * 2))
    first, second = read_all(_write(tmp_path, table))
    assert isinstance(first, Record)
    assert first.images[0].data == image
    assert isinstance(second, Record)


def test_a_column_of_categories_does_not_make_its_rows_heavy(tmp_path: Path) -> None:
    names = pa.array([f"{number:07d}" + "x" * 193 for number in range(60_000)])
    assert names.nbytes > LINE_CAP
    theme = pa.DictionaryArray.from_arrays(pa.array([7, 8, 9], pa.int32()), names)
    entries = read_all(_write(tmp_path, _rows(3, theme=theme)))
    assert ids(entries) == ["row-0", "row-1", "row-2"]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([0, 2**31 - 1], pa.date32()),
        pa.array([0, -(2**62)], pa.date64()),
        pa.array([0, 2**50], pa.timestamp("s")),
        pa.array([0, -(2**62)], pa.timestamp("ms", tz="UTC")),
        pa.array([0, 2**62], pa.timestamp("us", tz="Nowhere/Land")),
        pa.array([[0], [2**31 - 1]], pa.list_(pa.date32())),
    ],
    ids=str,
)
def test_a_date_that_python_cannot_hold_is_a_value_or_a_reject(column: pa.Array, tmp_path: Path) -> None:
    entries = read_all(_write(tmp_path, _rows(2, day=column)))
    assert len(entries) == 2
    assert set(codes(entries)) <= {"unreadable_value"}


def test_durations_beyond_python_are_rejected_with_their_column(tmp_path: Path) -> None:
    column = pa.array([1, 2**62], pa.duration("s"))
    entries = read_all(_write(tmp_path, _rows(2, took=column)))
    assert ids(entries) == ["row-0"]
    assert the_reject(entries).reason.startswith("took: a value cannot be read")


def test_dates_that_python_holds_stay_dates(tmp_path: Path) -> None:
    (record,) = read_all(_write(tmp_path, _rows(1, day=[datetime.date(2024, 2, 29)])))
    assert isinstance(record, Record)
    assert record.source
    assert record.source["day"] == datetime.date(2024, 2, 29)


def _with_bad_name(path: Path, name: bytes) -> Path:
    """A file whose columns of this name are renamed to one that is no UTF-8."""
    content = path.read_bytes()
    assert name in content
    path.write_bytes(content.replace(name, b"\xff" + name[1:]))
    return path


def test_a_column_name_that_is_no_utf_8_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = _with_bad_name(_write(tmp_path, _rows(3, colour=["red"] * 3), store_schema=False), b"colour")
    with pytest.raises(DatasetError, match="a column whose name is not UTF-8"):
        open_dataset(path)


@pytest.mark.parametrize("damaged", [b"colour", b"SD_name"])
def test_images_whose_names_are_no_utf_8_are_refused_in_a_sentence(damaged: bytes, tmp_path: Path) -> None:
    images = tmp_path / "images.parquet"
    pq.write_table(pa.table({"id": ["SD_name"], "base64": ["aaaa"], "colour": ["red"]}), images, store_schema=False)
    data = tmp_path / "data.jsonl"
    data.write_bytes(line_of({"id": "1", "instruction": "What?", "output": "That.", "image": "SD_name"}))
    with pytest.raises(DatasetError, match="is not UTF-8"):
        open_dataset(data, Reading(images=_with_bad_name(images, damaged)))


@pytest.mark.slow
def test_images_by_name_that_repeat_one_value_are_held_once(tmp_path: Path) -> None:
    images, data = tmp_path / "images.parquet", tmp_path / "data.jsonl"
    columns = {"id": [f"{n}" for n in range(300)], "base64": _repeated("a" * LARGE, pa.string(), 300)}
    pq.write_table(pa.table(columns), images, compression="zstd", store_schema=False)
    row = {"instruction": "What?", "output": "That.", "image": "7"}
    data.write_bytes(b"".join(line_of({"id": f"row-{n}", **row}) + b"\n" for n in range(3)))
    assert read_in_bounded_memory(data, images, gigabytes=2) == ["row-0", "row-1", "row-2", *[f"{LARGE // 4 * 3}"] * 3]


def test_a_page_that_differs_from_its_checksum_is_damaged(tmp_path: Path) -> None:
    path = _write(
        tmp_path, _rows(2000), compression="none", use_dictionary=False, write_page_checksum=True, row_group_size=1000
    )
    content = path.read_bytes()
    path.write_bytes(content.replace(b"What is 1500?", b"What is 1600?"))
    assert path.read_bytes() != content
    entries = read_all(path)
    assert ids(entries) == [f"row-{number}" for number in range(1000)]
    reject = the_reject(entries)
    assert reject.code == "truncated"
    assert "row group 1 is damaged" in reject.reason


@pytest.mark.slow
def test_no_wrong_byte_of_a_footer_ends_the_process_or_loses_rows_without_a_word(tmp_path: Path) -> None:
    whole = _write(tmp_path, _rows(40), row_group_size=20).read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    silent = []
    for place in range(footer, len(whole)):
        (path := tmp_path / "damaged.parquet").write_bytes(whole[:place] + b"\0" + whole[place + 1 :])
        try:
            entries = read_all(path)
        except VlitqaError:
            continue
        if len(ids(entries)) < 40 and not codes(entries):
            silent.append(place)
    assert not silent
