"""A user's own rows stand beside what is printed, never over it, and survive a round trip."""

from __future__ import annotations

from pathlib import Path

import pytest

from vlitqa.errors import UsageError
from vlitqa.literature.cells import CellKind, CellState, PrintedCell
from vlitqa.literature.lists import PublishedList, load_list
from vlitqa.literature.printed_tables import ListRow
from vlitqa.literature.user_rows import with_user_rows
from vlitqa.literature.user_table import read_user_table

MINE = """Name,#I-R,region,licence,hours,checked
LLaVA_instruct-150k,157712,✓,CC-BY-4.0,3,yes
Ours,12K,×,MIT,-,no
"""


def joined(path: Path, text: str = MINE, list_name: str = "datasets") -> PublishedList:
    path.write_text(text, encoding="utf-8")
    published = load_list(list_name)
    return with_user_rows(published, read_user_table(path, published))


def row_of(published: PublishedList, name: str) -> ListRow:
    (row,) = published.rows_named(name)
    return row


def test_a_cell_of_a_printed_name_gets_a_column_with_the_name_of_the_file(tmp_path: Path) -> None:
    row = row_of(joined(tmp_path / "mine.csv"), "LLaVA-Instruct-150K")
    assert row["rows"].printed == "158K"
    assert row["mine.rows"].value == 157_712
    assert row["licence"].printed == "CC-BY-4.0"
    assert "mine.region" not in row, "the file says the same as the paper"
    assert row["source"].printed.startswith("Table 2 of")


def test_a_new_name_is_a_new_row_with_the_file_as_its_source(tmp_path: Path) -> None:
    published = joined(tmp_path / "mine.csv")
    row = row_of(published, "Ours")
    assert len(published.rows) == 53
    assert (row["rows"].value, row["region"].value, row["licence"].printed) == (12_000, False, "MIT")
    assert (row["source"].printed, row["images"].state) == ("mine.csv", CellState.NOT_LISTED)
    assert row["hours"] == PrintedCell(CellState.NOT_GIVEN)


def test_every_row_has_every_column_and_others_are_not_listed_there(tmp_path: Path) -> None:
    published = joined(tmp_path / "mine.csv")
    columns = {column.name for column in published.columns}
    assert {frozenset(row) for row in published.rows} == {frozenset(columns)}
    assert row_of(published, "SVIT")["licence"].state is CellState.NOT_LISTED


def test_a_new_column_has_the_kind_of_its_cells(tmp_path: Path) -> None:
    published = joined(tmp_path / "mine.csv")
    kinds = {name: published.column(name).kind for name in ("licence", "hours", "checked")}
    assert kinds == {"licence": CellKind.TEXT, "hours": CellKind.NUMBER, "checked": CellKind.TICK}


def test_what_is_printed_stays_as_it_is(tmp_path: Path) -> None:
    printed = load_list("datasets")
    for before, after in zip(printed.rows, joined(tmp_path / "mine.csv").rows, strict=False):
        assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(
    ("content", "fault", "repair"),
    [
        (b"", "is empty", "--csv"),
        (b"\xff\xfe", "not UTF-8", "--csv"),
        (b"a,b\n1,2\n", "no column `name`", "--csv"),
        (b"name,rows\nx,lots\n", "line 2: 'lots' is no number", "Write - where"),
        (b"name,region\nx,perhaps\n", "line 2: 'perhaps' is neither yes nor no", "Write - where"),
        (b"name,rows\nx\n", "line 2: it has 1 cell, and the heading 2", "quotes"),
        (b"name,name\nx,y\n", "two columns 'name'", "otherwise"),
        (b"name,#I-R,rows\nx,1,2\n", "two columns 'rows'", "otherwise"),
        (b"name,a\nx-y,1\nX_Y,2\n", "two rows of the name 'X_Y'", "Keep one"),
        (b"name,a\n,1\n", "line 2 has no name", "joined by their names"),
        (b"name,a\n--,1\n", "line 2 has no name", "joined by their names"),
        (b"name,\nx,1\n", "column 2 has no heading", "Give it one"),
        (b'name,a\n"x,1\n', "line 2: unexpected end of data", "--csv"),
        (b"name,rows,mine.rows\nSVIT,5,6\n", "a column that begins with its own name", "Name the file otherwise"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(content: bytes, fault: str, repair: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    published = load_list("datasets")
    with pytest.raises(UsageError) as caught:
        with_user_rows(published, read_user_table(path, published))
    assert caught.value.message.startswith(str(path))
    assert fault in caught.value.message
    assert repair in caught.value.repair


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    published = load_list("datasets")
    with pytest.raises(UsageError, match="No such file"):
        read_user_table(tmp_path / "absent.csv", published)
    with pytest.raises(UsageError, match="no regular file"):
        read_user_table(tmp_path, published)
