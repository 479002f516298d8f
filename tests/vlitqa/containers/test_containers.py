"""Every container of the field is found by its content, whatever the file is called, and gives its rows in order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.given.golden_rows import PIXEL
from tests.given.packing import COMPRESSIONS, JsonRow, line_of, lines_of, read_all, read_bytes, table_of, tar_of
from vlitqa.errors import DatasetError
from vlitqa.reader import open_dataset
from vlitqa.records import ImageRef, Record

ROWS: list[JsonRow] = [
    {"id": "a", "image": "a.jpg", "instruction": "What is this?", "output": "A quince, 榅桲."},
    {"id": "b", "image": "b.jpg", "instruction": "Two lines:\nwhich?", "output": 'The "second", of course.'},
    {"id": "c", "image": "c.jpg", "instruction": "Über\twas?", "output": "Crêpes; and {braces} [brackets]."},
    {"id": "d", "image": "d.jpg", "instruction": "So?", "output": "No\u2028more."},
]


def _array(rows: Sequence[JsonRow]) -> bytes:
    return line_of(list(rows))


def _pretty_array(rows: Sequence[JsonRow]) -> bytes:
    return json.dumps(rows, indent=2).encode()


def _array_of_lines(rows: Sequence[JsonRow]) -> bytes:
    return b"[\n" + b",\n".join(map(line_of, rows)) + b"\n]\n"


def _pretty_objects(rows: Sequence[JsonRow]) -> bytes:
    return "\n".join(json.dumps(row, indent=4, ensure_ascii=False) for row in rows).encode()


def _objects_in_one_line(rows: Sequence[JsonRow]) -> bytes:
    return b" ".join(map(line_of, rows))


def _wrapped(rows: Sequence[JsonRow]) -> bytes:
    return line_of({"image_source": "COCO", "info": {"by": {"name": "x"}}, "annotations": list(rows), "end": [1]})


def _keyed(rows: Sequence[JsonRow]) -> bytes:
    return json.dumps({"meta": {"version": "1"}, "data": {row["id"]: row for row in rows}}, indent=1).encode()


PACKED: dict[str, tuple[str, Callable[[Sequence[JsonRow]], bytes]]] = {
    "json lines": ("jsonl", lines_of),
    "one array in one line": ("json array", _array),
    "one pretty array": ("json array", _pretty_array),
    "one array, a row a line": ("json array", _array_of_lines),
    "pretty objects": ("json objects", _pretty_objects),
    "objects in one line": ("json objects", _objects_in_one_line),
    "a wrapping object": ("json objects", _wrapped),
    "an object of objects": ("json objects", _keyed),
    "csv": ("csv", table_of),
    "csv with semicolons": ("csv", lambda rows: table_of(rows, delimiter=";")),
    "tsv": ("tsv", lambda rows: table_of(rows, delimiter="\t")),
    "webdataset": ("webdataset", lambda rows: tar_of({f"{row['id']}.json": line_of(row) for row in rows})),
}
TEXT = {name: packed for name, packed in PACKED.items() if name != "webdataset"}
every_container = pytest.mark.parametrize("name", PACKED)


def _content(entry: object) -> tuple[str, str | None, str | None, tuple[str, ...]]:
    assert isinstance(entry, Record), entry
    (turn,) = entry.turns
    return entry.id, turn.instruction, turn.response, tuple(ref.name for ref in entry.images)


EXPECTED = [(row["id"], row["instruction"], row["output"], (row["image"],)) for row in ROWS]


@pytest.mark.parametrize("packed", COMPRESSIONS)
@every_container
def test_a_container_is_found_by_its_content_and_gives_its_rows_in_order(
    name: str, packed: str, tmp_path: Path
) -> None:
    container, pack = PACKED[name]
    (path := tmp_path / "data").write_bytes(COMPRESSIONS[packed](pack(ROWS)))
    dataset = open_dataset(path)
    assert dataset.container.name == (f"{container}.{packed}" if packed else container)
    assert dataset.format is not None
    assert dataset.format.name == "alpaca"
    assert [_content(entry) for entry in read_all(path)] == EXPECTED


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "parquet", "tar", "jsonl.gz", "zst", "jpg", "txt"])
@every_container
def test_a_misleading_suffix_changes_nothing(name: str, suffix: str, tmp_path: Path) -> None:
    assert [_content(entry) for entry in read_bytes(tmp_path, PACKED[name][1](ROWS), f"data.{suffix}")] == EXPECTED


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["line feed", "windows"])
@pytest.mark.parametrize("name", TEXT)
def test_the_bytes_at_a_place_are_exactly_the_row(name: str, end: bytes, bom: bytes, tmp_path: Path) -> None:
    rows = [{**row, "id": f"{row['id']}{n}", "instruction": f"Line\n{n}?"} for n in range(30) for row in ROWS]
    content = bom + TEXT[name][1](rows).replace(b"\n", end)
    entries = read_bytes(tmp_path, content)
    assert len(entries) == len(rows)
    for entry in entries:
        place = entry.place
        piece = content[place.offset : place.offset + place.length]
        assert isinstance(entry, Record)
        assert entry.source is not None
        assert _parsed(name, piece, list(rows[0])).items() <= entry.source.items()
        assert content[: place.offset].count(b"\n") == place.line - 1


def _parsed(name: str, piece: bytes, columns: list[str]) -> dict[str, object]:
    """The row in a piece of a file; a table's is read by Python's own reader under a header."""
    if TEXT[name][0] not in ("csv", "tsv"):
        parsed: dict[str, object] = json.loads(piece)
        return parsed
    delimiter = {"csv with semicolons": ";", "tsv": "\t"}.get(name, ",")
    text = io.StringIO(piece.decode(), newline="")
    (row,) = csv.DictReader(text, columns, delimiter=delimiter)
    return dict(row)


@pytest.mark.parametrize("name", ["json lines", "one pretty array", "pretty objects", "an object of objects", "csv"])
def test_rows_are_whole_across_the_windows_of_a_large_file(name: str, tmp_path: Path) -> None:
    rows = [{**ROWS[n % 4], "id": f"row-{n}", "output": "é" * (n % 700)} for n in range(6000)]
    content = PACKED[name][1](rows)
    assert len(content) > 3 << 20
    assert [_content(entry)[::2] for entry in read_bytes(tmp_path, content)] == [(r["id"], r["output"]) for r in rows]


def test_parquet_gives_its_rows_with_the_images_of_a_column(tmp_path: Path) -> None:
    rows = [
        {**row, "image": {"bytes": PIXEL if row["id"] != "b" else None, "path": f"{row['id']}.gif"}}
        for row in ROWS * 200
    ]
    path = tmp_path / "data.json"
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=300)
    entries = read_all(path)
    assert [_content(entry)[:3] for entry in entries] == [row[:3] for row in EXPECTED] * 200
    assert [entry.place.row for entry in entries] == list(range(800))
    assert isinstance(entries[0], Record)
    assert isinstance(entries[1], Record)
    assert (entries[0].images, entries[1].images) == ((ImageRef("a.gif", PIXEL),), (ImageRef("b.gif"),))


def test_parquet_holds_dialogues_as_lists_of_structs(tmp_path: Path) -> None:
    messages = [{"from": "human", "value": "<image> Who?"}, {"from": "gpt", "value": "A nurse."}]
    path = tmp_path / "data.parquet"
    pq.write_table(pa.Table.from_pylist([{"id": "x", "image": ["n.jpg"], "conversations": messages}]), path)
    (record,) = read_all(path)
    assert _content(record) == ("x", "Who?", "A nurse.", ("n.jpg",))


def test_a_compressed_parquet_file_is_refused_with_the_repair(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.Table.from_pylist(list(ROWS)), path)
    path.write_bytes(COMPRESSIONS["gz"](path.read_bytes()))
    with pytest.raises(DatasetError, match="is a compressed Parquet file") as caught:
        read_all(path)
    assert "Unpack it" in caught.value.repair
