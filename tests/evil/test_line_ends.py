"""Lines end at line feeds alone, and are counted as an editor counts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.packing import COMPRESSIONS, dialogue, dialogues, ids, line_of, lines_of, read_all, read_bytes
from vlitqa.records import Record, Reject

BOM = b"\xef\xbb\xbf"
FIRST, SECOND = line_of(dialogue(0)), line_of(dialogue(1))


def _places(entries: list[Record | Reject]) -> list[tuple[int, int, int, int]]:
    return [(place.row, place.line, place.offset, place.length) for place in (entry.place for entry in entries)]


def test_a_byte_order_mark_is_no_part_of_the_first_row(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, BOM + FIRST + b"\n" + SECOND + b"\n")
    assert ids(entries) == ["row-0", "row-1"]
    assert _places(entries)[0] == (0, 1, 3, len(FIRST) + 1)
    assert _places(entries)[1] == (1, 2, 3 + len(FIRST) + 1, len(SECOND) + 1)


def test_a_byte_order_mark_inside_a_file_is_a_malformed_row(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, FIRST + b"\n" + SECOND + b"\n" + BOM + FIRST + b"\n")
    assert [entry.code for entry in entries if isinstance(entry, Reject)] == ["malformed_json"]
    assert ids(entries) == ["row-0", "row-1"]


def test_windows_line_ends_are_no_part_of_a_row(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, FIRST + b"\r\n" + b"\r\n" + SECOND + b"\r\n")
    assert ids(entries) == ["row-0", "row-1"]
    assert [place[:2] for place in _places(entries)] == [(0, 1), (1, 3)]


def test_the_last_row_needs_no_line_feed(tmp_path: Path) -> None:
    content = FIRST + b"\n" + SECOND
    entries = read_bytes(tmp_path, content)
    assert ids(entries) == ["row-0", "row-1"]
    assert _places(entries)[1] == (1, 2, len(FIRST) + 1, len(SECOND))


def test_blank_lines_are_counted_as_lines_and_not_as_rows(tmp_path: Path) -> None:
    content = b"\n  \n" + FIRST + b"\n\n\t\n \r\n" + SECOND + b"\n\n\n"
    entries = read_bytes(tmp_path, content)
    assert [place[:2] for place in _places(entries)] == [(0, 3), (1, 7)]
    assert [content[place[2] : place[2] + place[3]].strip() for place in _places(entries)] == [FIRST, SECOND]


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c"], ids=ascii)
def test_only_a_line_feed_ends_a_line(letter: str, tmp_path: Path) -> None:
    response = f"one{letter}two"
    line = line_of(dialogue(0, text=response))
    entries = read_bytes(tmp_path, line + b"\n" + SECOND + b"\n")
    assert [place[1] for place in _places(entries)] == [1, 2]
    assert isinstance(entries[0], Record)
    assert entries[0].turns[0].response == response


@pytest.mark.parametrize("packed", COMPRESSIONS)
def test_places_count_the_bytes_of_the_unpacked_file(packed: str, tmp_path: Path) -> None:
    rows = dialogues(2000)  # more than one block of the reader
    content = lines_of(rows)
    (path := tmp_path / "data.jsonl").write_bytes(COMPRESSIONS[packed](content))
    entries = read_all(path)
    assert [content[offset : offset + length] for _, _, offset, length in _places(entries)] == [
        line_of(row) + b"\n" for row in rows
    ]
    assert [place[1] for place in _places(entries)] == list(range(1, 2001))


def test_rows_behind_an_overlong_line_keep_their_places(tmp_path: Path) -> None:
    content = FIRST + b"\n" + b"x" * 20_000_000 + b"\n" + SECOND + b"\n" + FIRST + b"\n"
    entries = read_bytes(tmp_path, content)
    assert [type(entry) for entry in entries] == [Record, Reject, Record, Record]
    pieces = [content[offset : offset + length].strip() for _, _, offset, length in _places(entries)]
    assert (pieces[0], len(pieces[1]), pieces[2], pieces[3]) == (FIRST, 20_000_000, SECOND, FIRST)
    assert [place[:2] for place in _places(entries)] == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_an_overlong_line_at_the_end_is_one_reject(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, FIRST + b"\n" + SECOND + b"\n" + b"x" * 9_000_000)
    assert [entry.code for entry in entries if isinstance(entry, Reject)] == ["line_too_long"]
    assert ids(entries) == ["row-0", "row-1"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\n\n \r\n\t\n", BOM, BOM + b"\n"], ids=ascii)
@pytest.mark.parametrize("packed", COMPRESSIONS)
def test_a_file_without_rows_has_no_rows_and_no_rejects(packed: str, content: bytes, tmp_path: Path) -> None:
    assert read_bytes(tmp_path, COMPRESSIONS[packed](content)) == []
