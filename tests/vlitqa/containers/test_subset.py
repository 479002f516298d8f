"""A subset holds the rows that were asked for, byte for byte, in the packing of the whole."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.given.packing import dialogues, lines_of, read_bytes, table_of, tar_of, zstd
from vlitqa.containers.subset import write_subset
from vlitqa.reader import open_dataset
from vlitqa.records import Record

ROWS = dialogues(12)
FLAT = [{"question": f"What is {n}?", "answer": f'It is "{n}",\nsurely.', "image": f"{n}.jpg"} for n in range(12)]

MIMIC = [
    {"instruction": f"What is {n}?", "answer": f"It is {n}.", "image_ids": [f"I_{n}"], "rel_ins_ids": []}
    for n in range(12)
]


def _parquet() -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(FLAT), target, row_group_size=5)
    return target.getvalue()


def _tar() -> bytes:
    members = {f"{n:03d}.json": json.dumps(FLAT[n]).encode() for n in range(12)}
    return tar_of({**members, "x" * 150 + ".json": json.dumps(FLAT[0]).encode()})


def _array(rows: list[dict[str, object]]) -> bytes:
    return json.dumps(rows, indent=1).encode()


WHOLES: dict[str, Callable[[], bytes]] = {
    "jsonl": lambda: lines_of(ROWS),
    "jsonl with a byte order mark and blank lines": lambda: b"\xef\xbb\xbf\n" + lines_of(ROWS).replace(b"\n", b"\n\n"),
    "jsonl.gz": lambda: gzip.compress(lines_of(ROWS)),
    "jsonl.zst": lambda: zstd(lines_of(ROWS)),
    "jsonl without an end": lambda: lines_of(ROWS)[:-1],
    "csv": lambda: table_of(FLAT),
    "tsv": lambda: table_of(FLAT, delimiter="\t"),
    "array": lambda: _array(ROWS),
    "array on one line": lambda: json.dumps(ROWS).encode(),
    "array.gz": lambda: gzip.compress(_array(ROWS)),
    "concatenated": lambda: b"\n".join(json.dumps(row, indent=2).encode() for row in ROWS),
    "wrapped": lambda: json.dumps(
        {"version": 1, "train": ROWS[:7], "test": ROWS[7:], "made": "today"}, indent=1
    ).encode(),
    "by name": lambda: json.dumps(
        {"meta": {"version": "1"}, "data": {f"K_{n}": row for n, row in enumerate(MIMIC)}}
    ).encode(),
    "parquet": _parquet,
    "tar": _tar,
}


def rows_of(folder: Path, content: bytes) -> list[object]:
    """The rows of a file that has no rejects."""
    entries = read_bytes(folder, content)
    assert all(isinstance(entry, Record) for entry in entries)
    return [entry.source for entry in entries if isinstance(entry, Record)]


def subset(folder: Path, content: bytes, numbers: set[int]) -> bytes:
    """The bytes of the subset of the rows of these numbers."""
    path = folder / "whole"
    path.write_bytes(content)
    target = io.BytesIO()
    dataset = open_dataset(path)
    write_subset(dataset.source, dataset.container, numbers, target)
    return target.getvalue()


@pytest.mark.parametrize("numbers", [set(range(12)), {0}, {11}, {1, 2, 6, 7, 10}, {3, 8}], ids=str)
@pytest.mark.parametrize("name", WHOLES)
def test_the_rows_that_are_kept_come_back_unchanged(name: str, numbers: set[int], tmp_path: Path) -> None:
    whole = WHOLES[name]()
    before = rows_of(tmp_path, whole)
    part = subset(tmp_path, whole, numbers)
    assert rows_of(tmp_path, part) == [row for number, row in enumerate(before) if number in numbers]
    if "array" in name or name in ("wrapped", "by name"):
        json.loads(gzip.decompress(part) if name.endswith("gz") else part)


@pytest.mark.parametrize("name", ["jsonl", "jsonl.gz", "csv", "array", "wrapped", "by name", "tar"])
def test_all_rows_are_the_whole_file(name: str, tmp_path: Path) -> None:
    whole = WHOLES[name]()
    part = subset(tmp_path, whole, set(range(13)))
    if name.endswith("gz"):
        whole, part = gzip.decompress(whole), gzip.decompress(part)
    assert b"".join(part.split()) == b"".join(whole.split())


def test_bytes_of_a_line_are_not_written_anew(tmp_path: Path) -> None:
    odd = (
        b'{"id": 1.50,  "conversations":[{"from":"human","value":"\\u00e4"},{"from":"gpt","value":"b"}] , "x":1e3}\r\n'
    )
    assert subset(tmp_path, lines_of(ROWS) + odd, {12}) == odd


def test_what_was_rejected_goes_and_the_array_is_sound_again(tmp_path: Path) -> None:
    good = [json.dumps(row) for row in ROWS[:4]]
    broken = f'[{good[0]}, {{"id": broken}}, {good[1]},, {good[2]} {good[3]}, ]'.encode()
    assert json.loads(subset(tmp_path, broken, {0, 2, 3, 4})) == ROWS[:4]


def test_an_array_whose_first_row_was_rejected_is_sound_again(tmp_path: Path) -> None:
    good = [json.dumps(row) for row in ROWS[:2]]
    assert json.loads(subset(tmp_path, f'[{{"id": oops}}, {good[0]},\n{good[1]}]'.encode(), {1, 2})) == ROWS[:2]


def test_lines_that_were_rejected_go(tmp_path: Path) -> None:
    content = b"nonsense\n" + lines_of(ROWS[:2]) + b"{half\n" + lines_of(ROWS[2:3])
    assert subset(tmp_path, content, {0, 1, 2, 3, 4}) == lines_of(ROWS[:3])


def test_no_row_at_all_leaves_what_encloses_them(tmp_path: Path) -> None:
    assert json.loads(subset(tmp_path, _array(ROWS), set())) == []
    assert subset(tmp_path, table_of(FLAT), set()) == table_of(FLAT).splitlines(keepends=True)[0]
