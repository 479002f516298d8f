"""Tables: a quoted cell may hold line feeds, and a stray quote costs its own row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.packing import codes, read_all, read_bytes, the_reject
from vlitqa.errors import DatasetError
from vlitqa.records import Record, Reject

HEADER = "id,instruction,output\n"
ROWS = [f"{n},Question {n}?,Answer {n}.\n" for n in range(8)]


def _entries(folder: Path, *rows: str) -> list[Record | Reject]:
    return read_bytes(folder, (HEADER + "".join(rows)).encode())


def _responses(entries: list[Record | Reject]) -> list[str | None]:
    return [entry.turns[0].response for entry in entries if isinstance(entry, Record)]


def test_a_quoted_cell_may_hold_line_feeds_delimiters_and_quotes(tmp_path: Path) -> None:
    entries = _entries(tmp_path, ROWS[0], '1,"Two\nlines, and a ""word""?",Yes.\n', ROWS[2])
    assert [entry.place.line for entry in entries] == [2, 3, 5]
    assert isinstance(entries[1], Record)
    assert entries[1].turns[0].instruction == 'Two\nlines, and a "word"?'


@pytest.mark.parametrize("height", ['5" tall', '5 x 6" wide', 'a " b', '6""'])
def test_a_quote_inside_a_plain_cell_is_a_letter(height: str, tmp_path: Path) -> None:
    entries = _entries(tmp_path, ROWS[0], f"1,How tall?,{height}\n", *ROWS[2:])
    assert _responses(entries) == ["Answer 0.", height, *(f"Answer {n}." for n in range(2, 8))]


@pytest.mark.parametrize(
    "broken",
    ['1,"Why?,Because.\n', '1,Why?,"Because.\n', '"1,Why?,Because.\n', '1,"Why"?,Because.\n', '1,Why?,"Be"cause.\n'],
)
@pytest.mark.parametrize("position", [0, 3, 7])
def test_a_stray_quote_costs_its_own_row(broken: str, position: int, tmp_path: Path) -> None:
    rows = [*ROWS[:position], broken, *ROWS[position + 1 :]]
    entries = _entries(tmp_path, *rows)
    assert _responses(entries) == [f"Answer {n}." for n in range(8) if n != position]
    reject = the_reject(entries)
    assert (reject.code, reject.place.row, reject.place.line) == ("malformed_csv", position, position + 2)
    assert [entry.place.line for entry in entries] == list(range(2, 10))


def test_a_stray_quote_far_before_the_next_costs_its_own_row(tmp_path: Path) -> None:
    rows = [f"{n},Question {n}?,Answer {n}.\n" for n in range(5000)]
    rows[10] = '10,"Why?,Because.\n'
    rows[4000] = '4000,"Quoted?",Yes.\n'
    entries = _entries(tmp_path, *rows)
    assert codes(entries) == {"malformed_csv": 1}
    assert len(entries) == 5000


@pytest.mark.parametrize("row", ["1,only two\n", "1,one,two,three\n", "1\n"])
def test_a_row_with_another_number_of_cells_is_a_reject(row: str, tmp_path: Path) -> None:
    entries = _entries(tmp_path, ROWS[0], row, *ROWS[2:])
    assert _responses(entries) == ["Answer 0.", *(f"Answer {n}." for n in range(2, 8))]
    assert (the_reject(entries).code, the_reject(entries).place.line) == ("column_count", 3)


def test_a_row_that_is_no_utf_8_is_a_reject(tmp_path: Path) -> None:
    content = (HEADER + "".join(ROWS)).encode().replace(b"Answer 3", b"Caf\xe9 3")
    entries = read_bytes(tmp_path, content)
    assert codes(entries) == {"bad_encoding": 1}
    assert the_reject(entries).reason == "byte 17 is not UTF-8 (looks like cp1252)"
    assert len(_responses(entries)) == 7


def test_blank_lines_and_windows_line_ends_are_no_rows(tmp_path: Path) -> None:
    entries = _entries(tmp_path, "\r\n", ROWS[0].replace("\n", "\r\n"), "\n", ROWS[1])
    assert _responses(entries) == ["Answer 0.", "Answer 1."]
    assert [entry.place.line for entry in entries] == [3, 5]


def test_a_table_of_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, HEADER.encode()) == []


def test_the_last_row_of_a_table_needs_no_line_feed(tmp_path: Path) -> None:
    content = (HEADER + "".join(ROWS)).rstrip("\n")
    entries = read_bytes(tmp_path, content.encode())
    assert len(_responses(entries)) == 8
    assert entries[-1].place.offset + entries[-1].place.length == len(content)


@pytest.mark.parametrize("content", ["Just some words.\nAnd more of them.\n", "5\n", "<html></html>\n", "a" * 200_000])
def test_text_that_is_no_table_is_refused(content: str, tmp_path: Path) -> None:
    (path := tmp_path / "data.csv").write_text(content)
    with pytest.raises(DatasetError, match="is no dataset that vlitqa can read"):
        read_all(path)
