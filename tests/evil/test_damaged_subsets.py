"""Rows that are broken first, last, in the middle or cut off cost themselves alone, and no subset loses a row."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.evil.json_packings import JSON_PACKINGS
from tests.given.packing import COMPRESSIONS, dialogue, line_of, table_of, tar_of
from vlitqa.containers.subset import write_subset
from vlitqa.errors import DatasetError
from vlitqa.reader import Dataset, open_dataset
from vlitqa.records import Record, Reject, Row
from vlitqa.selection.reading_back import read_back

ROWS = 7
WHOLE = line_of(dialogue(3)).decode()
BROKEN = {
    "an unquoted word": '{"id": row-4, "image": "a.jpg"}',
    "cut in a text": WHOLE[: len(WHOLE) // 2],
    "cut after a comma": '{"id": "row-4", ',
    "no closing bracket": WHOLE[:-2] + "}",
    "a closing bracket too many": WHOLE + "]",
    "closing brackets": "} } ]}",
    "single quotes": WHOLE.replace('"', "'"),
    "no object": "12",
    "no dialogue": '{"id": "row-4", "picture": "a.jpg"}',
    "nothing": "",
}
PLACES = {"first": [0], "middle": [3], "last": [ROWS - 1], "first and last": [0, ROWS - 1], "half": [0, 1, 2, 3]}


def good(number: int) -> str:
    return line_of(dialogue(number)).decode()


def packed(packing: str, elements: Sequence[str]) -> bytes:
    return JSON_PACKINGS[packing](elements).encode()


def open_bytes(folder: Path, content: bytes) -> Dataset:
    (path := folder / "data").write_bytes(content)
    return open_dataset(path)


def sources(dataset: Dataset) -> list[Row]:
    """The rows that are records."""
    with dataset.entries() as entries:
        return [entry.source for entry in entries if isinstance(entry, Record) and entry.source is not None]


def require_subsets(folder: Path, dataset: Dataset) -> None:
    """Writes all records, every second one, the first and the last, and reads each subset back."""
    rows = list(dataset.record_rows)
    for kept in (set(rows), set(rows[::2]), set(rows[:1]), set(rows[-1:])):
        with (copy := folder / "copy").open("wb") as file:
            write_subset(dataset.source, dataset.container, kept, file)
        subset = read_back(copy, dataset, kept)
        if kept:
            assert subset is not None
            assert len(sources(subset)) == len(kept)
            if subset.container.name == "json array":
                json.loads(copy.read_text())


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("packing", JSON_PACKINGS)
def test_a_broken_row_costs_itself_and_no_subset_loses_a_row(
    packing: str, broken: str, where: str, tmp_path: Path
) -> None:
    elements = [good(number) if number not in PLACES[where] else BROKEN[broken] for number in range(ROWS)]
    if packing == "objects" and broken in ("no object", "closing brackets") and 0 in PLACES[where]:
        with pytest.raises(DatasetError, match="is no dataset that vlitqa can read"):
            open_bytes(tmp_path, packed(packing, elements))
        return
    dataset = open_bytes(tmp_path, packed(packing, elements))
    if broken == "a closing bracket too many" and packing != "lines":
        elements = [element.removesuffix("]") for element in elements]
    expected = [json.loads(element) for element in elements if element not in (BROKEN[broken], "")]
    found = [{name: value for name, value in row.items() if name != "__key__"} for row in sources(dataset)]
    assert found == expected
    require_subsets(tmp_path, dataset)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("compression", ["", "gz"])
@pytest.mark.parametrize("packing", JSON_PACKINGS)
def test_a_cut_file_gives_sound_subsets_of_the_rows_before_the_cut(
    packing: str, compression: str, share: float, tmp_path: Path
) -> None:
    rows = [dialogue(number, text=f"{number} {hash_text(number)}") for number in range(200)]
    content = COMPRESSIONS[compression](packed(packing, [line_of(row).decode() for row in rows]))
    dataset = open_bytes(tmp_path, content[: int(len(content) * share)])
    names = [row["id"] for row in sources(dataset)]
    assert names == [row["id"] for row in rows[: len(names)]]
    assert share < 0.5 or len(names) > 50
    require_subsets(tmp_path, dataset)


def hash_text(number: int) -> str:
    """A text that no compression makes short."""
    return hashlib.sha512(str(number).encode()).hexdigest()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
@pytest.mark.parametrize("compression", ["", "gz"])
def test_a_cut_tar_gives_sound_subsets_of_the_rows_before_the_cut(
    compression: str, share: float, tmp_path: Path
) -> None:
    members = {
        f"{number:03d}.{ending}": content
        for number in range(50)
        for ending, content in (("json", good(number).encode()), ("jpg", hash_text(number).encode() * 20))
    }
    whole = tar_of(members).rstrip(b"\0")
    content = COMPRESSIONS[compression](whole)
    dataset = open_bytes(tmp_path, content[: int(len(content) * share)])
    assert 0 < len(dataset.record_rows) < 50
    require_subsets(tmp_path, dataset)


def test_rows_of_a_tar_between_other_members_are_copied_alone(tmp_path: Path) -> None:
    members = {"readme": b"words", "000.json": good(0).encode(), "001.json": b"{broken", "002.json": good(2).encode()}
    dataset = open_bytes(tmp_path, tar_of(members))
    require_subsets(tmp_path, dataset)


@pytest.mark.parametrize("damaged", [0, 1, 2])
def test_a_damaged_row_group_is_passed_over(damaged: int, tmp_path: Path) -> None:
    rows = [{"question": f"What is {n}?", "answer": hash_text(n), "image": f"{n}.jpg"} for n in range(30)]
    path = tmp_path / "data"
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=10, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    place = pq.ParquetFile(path).metadata.row_group(damaged).column(1).data_page_offset
    content[place : place + 40] = b"\xff" * 40
    dataset = open_bytes(tmp_path, bytes(content))
    assert len(dataset.record_rows) == 20
    require_subsets(tmp_path, dataset)


@pytest.mark.parametrize("damage", ["cut off", "a damaged footer"])
def test_a_subset_of_a_parquet_file_that_cannot_be_opened_is_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    pq.write_table(pa.Table.from_pylist([{"question": "What?", "answer": "That."}]), path)
    content = path.read_bytes()
    dataset = open_bytes(tmp_path, content[:-1] if damage == "cut off" else content[:-40] + b"\xff" * 32 + content[-8:])
    with pytest.raises(DatasetError, match="no row of it can be written"):
        write_subset(dataset.source, dataset.container, set(), io.BytesIO())


@pytest.mark.parametrize("broken", ["one cell", 'a "quote"', ""])
@pytest.mark.parametrize("position", [1, 2, 5])
def test_the_header_of_a_table_is_kept(position: int, broken: str, tmp_path: Path) -> None:
    rows = [{"question": f"What is {n}?", "answer": f"It is {n}.", "image": "a.jpg"} for n in range(60)]
    lines = table_of(rows).decode().splitlines()
    lines.insert(position, broken)
    dataset = open_bytes(tmp_path, "\n".join(lines).encode())
    assert len(dataset.record_rows) == 60
    require_subsets(tmp_path, dataset)


@pytest.mark.parametrize("count", [3, 50, 101, 250])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["line feed", "windows"])
@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("packing", ["wrapper", "splits", "array", "keyed"])
def test_indented_rows_inside_an_object_are_no_json_lines(
    packing: str, start: str, end: str, count: int, tmp_path: Path
) -> None:
    elements = [good(number) for number in range(count)]
    text = start + packed(packing, elements).decode().replace("\n", end)
    with (dataset := open_bytes(tmp_path, text.encode())).entries() as entries:
        assert all(isinstance(entry, Record) for entry in entries)
    assert len(dataset.record_rows) == count


@pytest.mark.parametrize("bad", ["2026-01-01 INFO loading", "null", "{broken", "[INFO] loading"])
def test_rows_behind_a_hundred_bad_lines_are_read(bad: str, tmp_path: Path) -> None:
    content = (bad + "\n") * 120 + "".join(good(number) + "\n" for number in range(30))
    dataset = open_bytes(tmp_path, content.encode())
    assert list(dataset.record_rows) == list(range(120, 150))


@pytest.mark.timeout(60)
def test_a_wrapper_behind_much_space_is_written_at_once(tmp_path: Path) -> None:
    content = b"\t" * 300_000 + packed("wrapper", [good(number) for number in range(3)])
    require_subsets(tmp_path, open_bytes(tmp_path, content))


@pytest.mark.parametrize("packing", ["wrapper", "splits", "keyed"])
def test_rows_behind_the_end_of_an_object_are_read_and_that_is_said(packing: str, tmp_path: Path) -> None:
    whole = packed(packing, [good(number) for number in range(ROWS)])
    dataset = open_bytes(tmp_path, whole + whole)
    with dataset.entries() as entries:
        faults = [entry for entry in entries if isinstance(entry, Reject)]
    assert len(dataset.record_rows) == 2 * ROWS
    assert faults[0].reason == "text stands behind the closing }"
    require_subsets(tmp_path, dataset)


def test_a_package_without_its_end_is_no_secret_because_the_object_in_it_is_whole(tmp_path: Path) -> None:
    dataset = open_bytes(tmp_path, COMPRESSIONS["gz"](packed("wrapper", [good(0)]))[:-8])
    with dataset.entries() as entries:
        (_, cut) = entries
    assert isinstance(cut, Reject)
    assert cut.code == "truncated"


def test_the_subset_of_a_row_whose_tar_header_has_no_mark_is_a_tar(tmp_path: Path) -> None:
    content = bytearray(tar_of({f"{number:03d}.json": good(number).encode() for number in range(3)}))
    header = content[2048:2560]  # of the last row, as the first tars wrote it
    header[257:265] = bytes(8)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    content[2048:2560] = header
    dataset = open_bytes(tmp_path, bytes(content))
    assert len(dataset.record_rows) == 3
    require_subsets(tmp_path, dataset)


def test_tabs_before_the_name_of_a_column_are_no_delimiters(tmp_path: Path) -> None:
    rows = [{"question": f"What is {n}?", "answer": f"It is {n}.", "image": "a.jpg"} for n in range(60)]
    dataset = open_bytes(tmp_path, b"\t\t\t" + table_of(rows, delimiter=";"))
    assert len(dataset.record_rows) == 60
    require_subsets(tmp_path, dataset)


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("start", ['{"data": {"k0": ', '{"data": {"k0": {bad, '])
def test_a_value_that_is_nested_too_deep_is_looked_at_once(start: str, tmp_path: Path) -> None:
    deep = '{"a":' * 300_000 + "1" + "}" * 300_000
    dataset = open_bytes(tmp_path, f'{start}{deep}, "k1": {good(1)}}}}}'.encode())
    assert [row["id"] for row in sources(dataset)] == ["row-1"]
