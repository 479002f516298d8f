"""The published lists hold what the papers print: every cell in its domain, nothing filled in, nothing lost."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from vlitqa.catalogue import FORMATS
from vlitqa.literature.cells import CellKind, CellState, PrintedCell, read_cell, read_number
from vlitqa.literature.joins import READABLE_FORMATS
from vlitqa.literature.lists import PublishedList, list_meanings, load_list
from vlitqa.literature.printed_tables import TABLES, ListRow, read_table
from vlitqa.literature.task_names import FOLDED_SPELLINGS, PARTIAL_LISTS

GIVEN, NOT_GIVEN, UNREADABLE = CellState.GIVEN, CellState.NOT_GIVEN, CellState.UNREADABLE
ROOT = Path(__file__).resolve().parents[3]


def row_of(published: PublishedList, name: str) -> ListRow:
    (row,) = published.rows_named(name)
    return row


def states(published: PublishedList, column: str) -> Counter[CellState]:
    return Counter(row[column].state for row in published.rows)


@pytest.mark.parametrize(
    ("name", "rows"),
    [("datasets", 52), ("models", 59), ("tasks", 68), ("textbind-features", 6), ("textbind-diversity", 6)],
)
def test_a_list_has_a_row_for_each_of_its_table(name: str, rows: int) -> None:
    published = load_list(name)
    assert len(published.rows) == rows
    for row in published.rows:
        assert set(row) == {column.name for column in published.columns}


def test_table_5_has_56_rows_and_76_spellings_of_68_tasks() -> None:
    printed = read_table("review_table_5")
    spellings = {item for row in load_list("tasks").rows for item in row["spellings"].value}  # type: ignore[union-attr]
    assert (len(printed), len(spellings), len(load_list("tasks").rows)) == (56, 76, 68)
    assert set(FOLDED_SPELLINGS) - {"detail description"} <= spellings


@pytest.mark.parametrize("name", list_meanings())
def test_every_cell_is_in_its_domain(name: str) -> None:
    kinds = {CellKind.TEXT: str, CellKind.TICK: bool, CellKind.NUMBER: (int, float)}
    published = load_list(name)
    for row in published.rows:
        for column in published.columns:
            cell = row[column.name]
            assert isinstance(cell.value, kinds.get(column.kind, tuple)) or cell.state is not GIVEN, column.name
            if cell.state is not GIVEN:
                assert cell == PrintedCell(cell.state), "a cell without a value holds nothing"
    for column in published.columns:
        if column.name == "inst":
            assert {item for row in published.rows for item in row["inst"].value} == {"AA", "SI"}  # type: ignore[union-attr]
        if column.name == "data-source":
            assert {row["data-source"].value for row in published.rows} == {"Pure", "Hybrid", ""}


def test_64_of_the_520_cells_of_table_2_are_unreadable_and_none_of_them_is_filled_in() -> None:
    datasets = load_list("datasets")
    ten = [column.name for column in datasets.columns if column.heading and column.name not in ("reference", "note")]
    unreadable = {name: states(datasets, name)[UNREADABLE] for name in ten if states(datasets, name)[UNREADABLE]}
    assert len(ten) * len(datasets.rows) == 520
    assert unreadable == {
        "global": 1, "region": 26, "interleaved": 6, "images": 8, "video": 11, "videos": 6, "rows": 6
    }  # fmt: skip
    assert sum(unreadable.values()) == 64
    dashes = {name: states(datasets, name)[NOT_GIVEN] for name in ten if states(datasets, name)[NOT_GIVEN]}
    assert dashes == {"model": 4, "images": 18, "videos": 38, "rows": 1}


def test_37_rows_of_table_1_have_no_gap_in_the_seven_printed_columns() -> None:
    models = load_list("models")
    seven = ("name", "training", "pure-text", "data-source", "self-construction", "url-model", "url-data")
    whole = [row for row in models.rows if all(row[name].state is not UNREADABLE for name in seven)]
    assert len(whole) == 37


def test_every_printed_number_is_read_and_keeps_its_text() -> None:
    cells = [row[name] for row in load_list("datasets").rows for name in ("images", "videos", "rows")]
    given = {cell.printed: cell.value for cell in cells if cell.state is GIVEN}
    assert all(isinstance(value, int) for value in given.values())
    assert (given["80K"], given["1.77M"], given["3.3B"], given["477.7K"]) == (80_000, 1_770_000, 3_300_000_000, 477_700)
    assert (given["4.9K"], given["20.5M"], given["108.1K"]) == (4_900, 20_500_000, 108_100)
    assert row_of(load_list("textbind-diversity"), "MINIGPT-4")["instruct"] == PrintedCell(GIVEN, 0, "0.00")


@pytest.mark.parametrize("text", ["lots", "1,77M", "K", "1.", "nan", "inf", "1e9", "-", "9" * 400, "158K rows", "٣"])
def test_a_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        read_number(text)


def test_four_states_of_a_cell_are_told_apart_and_written_apart() -> None:
    cells = [read_cell(text, CellKind.NUMBER) for text in ("7K", "-", "?", "")]
    assert [cell.state for cell in cells] == [GIVEN, NOT_GIVEN, UNREADABLE, CellState.NOT_LISTED]
    assert [cell.text for cell in cells] == ["7K", "-", "?", ""]


def test_datasets_have_the_tasks_of_their_model_under_all_its_names() -> None:
    datasets = load_list("datasets")
    assert row_of(datasets, "LLaVA-Instruct-150K")["tasks"].value == (
        *("conversation", "detailed description", "complex reasoning"),
    )
    assert row_of(datasets, "SVIT")["tasks"].state is GIVEN  # its model is printed as SVIT(MMLLM)
    assert row_of(datasets, "InstructBLIP")["tasks"].state is GIVEN  # as InstructBlip
    assert "region understanding" in row_of(datasets, "MULTIINSTRUCT")["tasks"].value  # type: ignore[operator]  # as OFA
    assert row_of(datasets, "MIMIC-IT")["tasks"].is_partial  # Otter's list breaks off
    assert row_of(datasets, "GPT4Tools")["tasks"].state is UNREADABLE
    assert row_of(datasets, "GranD")["tasks"].state is CellState.NOT_LISTED  # Table 5 has no GLaMM
    assert row_of(datasets, "CIEM")["tasks"].state is CellState.NOT_LISTED  # no model is given


def test_every_row_of_table_5_but_the_two_lost_in_table_1_is_the_tasks_of_a_model() -> None:
    listed = [row for row in load_list("models").rows if row["tasks"].state is not CellState.NOT_LISTED]
    assert len(listed) == 56 - len({"Otter", "Ying-VLM"})
    models = {name for row in load_list("tasks").rows for name in row["models"].value}  # type: ignore[union-attr]
    assert {"Otter", "Ying-VLM"} <= models
    assert len(models) == 56 - len({"GPT4Tools", "StableLLaVA", "CogVLM"})


def test_lists_of_tasks_may_hold_more_where_the_notes_say_so() -> None:
    notes = {row["Name"]: row["Note"] for row in read_table("review_table_5")}
    assert set(PARTIAL_LISTS) == {name for name, note in notes.items() if "break" in note} | {"BLIVA", "Qwen-VL"}
    assert sum("break" in note for note in notes.values()) == 7
    assert "StableLLaVA" in notes["BLIVA"]
    assert "StableLLaVA" in notes["Qwen-VL"]


def test_datasets_have_their_addresses_under_all_their_names() -> None:
    datasets = load_list("datasets")
    without = {row["name"].printed for row in datasets.rows if row["paper"].state is CellState.NOT_LISTED}
    assert without == set()
    assert row_of(datasets, "Valley-Instruct-73k")["url"].printed.endswith("luoruipu1/Valley-Instruct-73k")
    assert row_of(datasets, "Ferret")["paper"].printed.startswith("FERRET")
    assert row_of(datasets, "GRIT-20M")["url"].printed.endswith("zzliang/GRIT")
    assert row_of(datasets, "M-HalDetect")["url"].state is NOT_GIVEN
    models = load_list("models")
    assert row_of(models, "SVIT")["url"].printed.endswith("BAAI-DCAI/Visual-Instruction-Tuning")
    assert row_of(models, "OFA")["url"].printed.endswith("VT-NLP/MultiInstruct")
    assert row_of(models, "LaVIN")["url"].state is CellState.NOT_LISTED


def test_what_the_paper_prints_wrongly_stays_and_is_said_in_the_note() -> None:
    row = row_of(load_list("datasets"), "SparklesDialogue-VG")
    assert (row["rows"].printed, row["reference"].printed) == ("4.4K", "Chen et al., 2023a")
    assert "exchanged" in row["note"].printed


def test_a_row_without_a_name_is_found_by_no_name() -> None:
    assert load_list("models").rows_named("") == ()


@pytest.mark.parametrize("name", READABLE_FORMATS)
def test_the_format_of_a_dataset_is_one_of_the_catalogue(name: str) -> None:
    assert READABLE_FORMATS[name] in FORMATS
    assert row_of(load_list("datasets"), name)["format"].printed == READABLE_FORMATS[name]


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.csv")), ids=lambda path: path.stem)
def test_the_files_of_the_tables_are_whole(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file, strict=True)
    rows_of = {"links": 56, "review_table_1": 59, "review_table_2": 52, "review_table_5": 56}
    assert len(rows) == rows_of.get(path.stem, 6)
    assert {len(row) for row in rows} == {len(heading)}


def test_the_page_of_the_catalogue_names_exactly_the_columns_of_each_list() -> None:
    page = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    for name in list_meanings():
        section = page.split(f"### `{name}`\n")[1].split("\n#")[0]
        named = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert named == [column.name for column in load_list(name).columns]
