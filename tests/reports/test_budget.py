"""How the bytes of a page are shared."""

from __future__ import annotations

from reports.blocks import Explorer
from reports.budget import fit_explorer
from vlitqa.runs.gallery import Exhibit, ShownTurn, Thumbnail

_TEXT = "word " * 100


def exhibit(row: int, text: str = "short", picture: int = 1_000) -> Exhibit:
    shown = (Thumbnail(name=f"{row}.png", width=10, height=10, fault="", thumbnail=b"x" * picture),) if picture else ()
    return Exhibit(
        row=row, record=str(row), why=("random",), turns=(ShownTurn(text, text),), task="", pictures=shown, left_out=""
    )


def explorer(*exhibits: Exhibit) -> Explorer:
    return Explorer(exhibits, tuple(each.row for each in exhibits), tuple(each.record for each in exhibits), ())


def test_everything_stays_where_there_is_room() -> None:
    block = explorer(*map(exhibit, range(10)))
    assert fit_explorer(block, 1_000_000) == block


def test_the_first_rows_keep_their_pictures() -> None:
    made = fit_explorer(explorer(*(exhibit(row, picture=10_000) for row in range(10))), 100_000)
    assert len(made.exhibits) == 10
    assert [each.row for each in made.exhibits if each.pictures[0].thumbnail] == [0, 1], "2 x 13,333 of 35,000 bytes"


def test_rows_that_do_not_fit_are_left_out_and_counted() -> None:
    made = fit_explorer(explorer(*(exhibit(row, _TEXT, 0) for row in range(50))), 50_000)
    assert 0 < len(made.exhibits) < 50
    assert made.left_out == 50 - len(made.exhibits)
    assert [each.row for each in made.exhibits] == list(range(len(made.exhibits)))


def test_a_row_too_long_for_the_page_leaves_room_for_others() -> None:
    made = fit_explorer(explorer(exhibit(0, _TEXT * 100), exhibit(1)), 50_000)
    assert [each.row for each in made.exhibits] == [1]
