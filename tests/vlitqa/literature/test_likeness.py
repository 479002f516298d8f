"""The nearest published datasets: counted in the unit that is nearer, without the cells that have no value."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from vlitqa.literature.cells import CellState
from vlitqa.literature.dataset_shape import DatasetShape, measure_shape
from vlitqa.literature.likeness import with_distances
from vlitqa.literature.lists import load_list
from vlitqa.literature.printed_tables import ListRow
from vlitqa.records import VIDEO, ImageRef, Record, Recording, Turn

LLAVA = DatasetShape(
    rows=157_712, turns=360_000, images=80_000, images_shown=157_712, videos=0, regional=9_000, interleaved=0
)
"""About LLaVA-Instruct-150K."""
TEXTBIND = DatasetShape(
    rows=25_629, turns=86_113, images=40_000, images_shown=63_047, videos=0, regional=0, interleaved=25_000
)
"""TextBind: 25,629 conversations of 3.36 turns, with 2.46 images."""


def ranked(shape: DatasetShape) -> dict[str, ListRow]:
    return {row["name"].printed: row for row in with_distances(load_list("datasets"), shape).rows}


def test_a_dataset_like_llavas_is_nearest_to_it_by_rows() -> None:
    rows = ranked(LLAVA)
    assert next(iter(rows)) == "LLaVA-Instruct-150K"
    nearest = rows["LLaVA-Instruct-150K"]
    assert (nearest["counted-as"].printed, nearest["compared"].value) == ("rows, images", 5)
    assert nearest["distance"].value == pytest.approx(math.log10(158_001 / 157_713) / 5, abs=6e-4)


def test_a_dataset_like_textbinds_is_nearest_to_it_by_turns_and_images_shown() -> None:
    rows = ranked(TEXTBIND)
    assert next(iter(rows)) == "TextBind"
    assert rows["TextBind"]["counted-as"].printed == "turns, images shown"
    assert rows["TextBind"]["compared"].value == 4  # its mark of regions is unreadable


def test_a_cell_without_a_value_is_left_out_and_not_taken_for_no() -> None:
    with_regions = ranked(LLAVA)["SVIT"]
    without = ranked(replace(LLAVA, regional=0))["SVIT"]
    assert with_regions["region"].state is CellState.UNREADABLE
    assert with_regions["distance"] == without["distance"]
    assert ranked(replace(LLAVA, regional=0))["DetGPT"]["distance"] != ranked(LLAVA)["DetGPT"]["distance"]


def test_the_distance_is_the_mean_of_orders_of_magnitude_and_of_ticks() -> None:
    row = ranked(replace(LLAVA, rows=1_579, turns=1_579, images=79_999, images_shown=79_999))["LLaVA-Instruct-150K"]
    sizes = math.log10(158_001 / 1_580) + math.log10(80_001 / 80_000)
    assert row["distance"].value == pytest.approx(sizes / 5, abs=6e-4)
    row = ranked(replace(LLAVA, interleaved=9_000, regional=0))["LLaVA-Instruct-150K"]
    assert row["distance"].value == pytest.approx((2 + math.log10(158_001 / 157_713)) / 5, abs=6e-4)


def test_datasets_without_a_printed_size_come_last() -> None:
    rows = list(ranked(LLAVA).values())
    has_size = [row["rows"].state is CellState.GIVEN for row in rows]
    assert has_size == sorted(has_size, reverse=True)


def record(*turns: Turn, images: int = 0) -> Record:
    return Record(turns, tuple(ImageRef(f"{number}.jpg") for number in range(images)))


def test_a_dataset_is_counted_in_rows_turns_images_and_videos() -> None:
    shape = measure_shape(
        [
            record(Turn("Which?", "This.", (0,)), Turn("And?", "That."), images=1),
            record(Turn("Compare.", "Alike.", (0, 1)), images=2),
            record(Turn("First", "Then", (0,), (1,)), images=2),
            record(Turn("Left and right", "Alike.", (0, 1), (), (0, 5)), images=2),
            record(Turn("Where?", "At [0.1, 0.2, 0.5, 0.6].")),
            Record((Turn("Watch.", "A dog."),), recordings=(Recording(VIDEO, "dog.mp4"), Recording("audio", "a.wav"))),
        ]
    )
    assert shape == DatasetShape(rows=6, turns=7, images=2, images_shown=7, videos=1, regional=1, interleaved=2)


def test_a_stray_row_gives_a_dataset_neither_regions_nor_interleaved_images() -> None:
    one_of_hundred = replace(LLAVA, rows=100, regional=1, interleaved=1)
    assert (one_of_hundred.has_regions, one_of_hundred.is_interleaved) == (True, True)
    one_of_more = replace(one_of_hundred, rows=101)
    assert (one_of_more.has_regions, one_of_more.is_interleaved) == (False, False)
