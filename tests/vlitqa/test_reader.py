"""The reader: what a user says of a file wins over what its content says, and errors say how to repair."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.given.golden_rows import GOLDEN_ROWS, PIXEL
from tests.given.packing import (
    codes,
    dialogue,
    dialogues,
    ids,
    line_of,
    lines_of,
    read_all,
    read_bytes,
    tar_of,
    the_reject,
)
from vlitqa.api.choices import parse_mapping
from vlitqa.errors import DatasetError, UnknownFormat, UsageError
from vlitqa.reader import Reading, open_dataset
from vlitqa.records import ROW_IMAGES, ImageRef, Record

IN_JSON = [name for name, rows in GOLDEN_ROWS.items() if "b'" not in repr(rows)]
"""Formats none of whose rows holds bytes."""
ODD: list[dict[str, object]] = [
    {"nr": 1, "frage": "Was ist das?", "antwort": "Ein Rad.", "bild": "rad.jpg", "art": "object"},
    {"nr": 2, "frage": "Und das?", "antwort": "Ein Boot.", "bild": "boot.jpg", "art": "object"},
]


def _written(folder: Path, rows: Sequence[object]) -> Path:
    (path := folder / "data.jsonl").write_bytes(lines_of(rows))
    return path


@pytest.mark.parametrize("name", IN_JSON)
def test_the_format_of_a_file_is_found_by_its_rows(name: str, tmp_path: Path) -> None:
    path = _written(tmp_path, GOLDEN_ROWS[name])
    dataset = open_dataset(path)
    assert dataset.format is not None
    assert dataset.format.name == name
    entries = read_all(path)
    assert [isinstance(entry, Record) and entry.source for entry in entries] == GOLDEN_ROWS[name]


def test_most_of_the_first_rows_decide_the_format_and_the_others_are_rejects(tmp_path: Path) -> None:
    entries = read_all(_written(tmp_path, [*ODD, *dialogues(5), *GOLDEN_ROWS["alpaca"]]))
    assert ids(entries) == [f"row-{n}" for n in range(5)]
    assert codes(entries) == {"missing_field": len(ODD) + len(GOLDEN_ROWS["alpaca"])}


def test_a_format_that_is_named_wins_over_the_content(tmp_path: Path) -> None:
    path = _written(tmp_path, GOLDEN_ROWS["caption-rows"])
    entries = read_all(path, Reading(format="alpaca"))
    assert codes(entries) == {"missing_field": len(GOLDEN_ROWS["caption-rows"])}


def test_a_format_that_does_not_exist_is_answered_with_its_neighbour(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no format 'lava'") as caught:
        open_dataset(_written(tmp_path, dialogues(2)), Reading(format="lava"))
    assert caught.value.repair == "Did you mean llava?"


def test_a_mapping_reads_rows_of_no_known_format(tmp_path: Path) -> None:
    mapping = parse_mapping("instruction=frage, response = antwort,image=bild,id=nr,task=art")
    first, second = read_all(_written(tmp_path, ODD), Reading(mapping=mapping))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.id, first.task, first.images) == ("1", "object", (ImageRef("rad.jpg"),))
    assert (second.turns[0].instruction, second.turns[0].response) == ("Und das?", "Ein Boot.")
    assert second.turns[0].instruction_images == (0,)


def test_a_mapping_finds_its_rows_inside_a_wrapping_object(tmp_path: Path) -> None:
    (path := tmp_path / "data.json").write_bytes(line_of({"version": 1, "daten": ODD}))
    entries = read_all(path, Reading(mapping={"instruction": "frage"}))
    assert ids(entries) == ["", ""]
    assert codes(entries) == {}


def test_a_mapping_to_a_field_that_no_row_has_says_which_fields_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match="nr, frage, antwort, bild, art") as caught:
        read_all(_written(tmp_path, ODD), Reading(mapping={"instruction": "question"}))
    assert "frage" in caught.value.repair


@pytest.mark.parametrize(
    ("text", "message", "repair"),
    [
        ("instruction", "'instruction' is not of the form part=field", "Parts: instruction, response"),
        ("instruction=", "'instruction=' is not of the form part=field", "Parts: instruction, response"),
        ("instruktion=q", "there is no part 'instruktion'", "Did you mean instruction?"),
        ("xyz=q", "there is no part 'xyz'", "Known are annotation"),
        ("response=a,response=b", "response is both 'a' and 'b'", "Name one field."),
        ("image=img", "names neither instruction nor response", "Map at least one of them."),
    ],
)
def test_a_mapping_that_means_nothing_is_a_usage_error(text: str, message: str, repair: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_mapping(text)
    assert caught.value.repair.startswith(repair)


def test_an_empty_mapping_is_none_and_a_field_may_hold_an_equals_sign() -> None:
    assert parse_mapping("") == {}
    assert parse_mapping("response=a=b,") == {"response": "a=b"}


def test_a_file_that_is_missing_or_a_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="There is no file"):
        open_dataset(tmp_path / "nowhere.jsonl")
    with pytest.raises(DatasetError, match="holds no file of a dataset"):
        open_dataset(tmp_path)


def test_a_pipe_is_refused_before_anything_is_taken_from_it(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "rows.jsonl")
    with pytest.raises(DatasetError, match="is a pipe and no file") as caught:
        open_dataset(pipe)
    assert "Write it to a file first" in caught.value.repair
    assert ".gz" in caught.value.repair


def test_a_file_of_rejects_alone_has_no_format(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, b"[1, 2, 3]")
    assert codes(entries) == {"not_object": 3}
    assert open_dataset(tmp_path / "data.jsonl").format is None


def test_the_share_of_a_file_that_was_read_grows_to_one(tmp_path: Path) -> None:
    path = _written(tmp_path, dialogues(8000))
    with open_dataset(path).entries() as entries:
        shares = [entries.share() for _ in entries]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.6
    assert shares[-1] == 1.0


def test_a_webdataset_gives_its_images_to_the_row_that_shares_their_name(tmp_path: Path) -> None:
    row = line_of({**dialogue(0), "image": ["x/right.jpg", "x/left.jpg"]})
    members = {"s/1.json": row, "s/1.left.jpg": b"l", "s/1.right.jpg": b"r", "s/2.txt": b"A cat.\n", "s/2.PNG": PIXEL}
    first, second = read_bytes(tmp_path, tar_of(members), "data.tar")
    assert isinstance(first, Record)
    assert [(ref.name, ref.data) for ref in first.images] == [("x/right.jpg", b"l"), ("x/left.jpg", b"r")]
    assert the_reject([second]).code == "missing_field"


def test_captions_and_images_of_a_tar_are_rows(tmp_path: Path) -> None:
    members = {"1.jpg": PIXEL, "1.txt": b"A cat.\n", "1.cls": b"3", "2.caption": b"Ein Hund.", "2.png": b"?"}
    first, second = read_bytes(tmp_path, tar_of(members), "data.tar")
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.id, first.turns[0].instruction, first.turns[0].response) == ("1", None, "A cat.")
    assert (first.images, first.turns[0].instruction_images) == ((ImageRef("1.jpg", PIXEL),), (0,))
    assert (second.id, second.images) == ("2", (ImageRef("2.png", b"?"),))


@pytest.mark.parametrize("forged", [{"x.jpg": "abc"}, ["x.jpg"], "x.jpg", 7, None], ids=str)
def test_a_row_cannot_forge_the_images_of_a_tar(forged: object, tmp_path: Path) -> None:
    (record,) = read_all(_written(tmp_path, [{**dialogue(0), ROW_IMAGES: forged}]))
    assert isinstance(record, Record)
    assert record.images == (ImageRef("images/0.jpg"),)


@pytest.mark.parametrize(
    "entry",
    [{"file_name": "a.jsonl", "formatting": "sharegpt"}, {"root": "images/", "annotation": "a.jsonl", "length": 5}],
)
def test_a_file_that_lists_datasets_names_them(tmp_path: Path, entry: dict[str, object]) -> None:
    (tmp_path / "index.json").write_text(json.dumps({"mine": entry}))
    with pytest.raises(DatasetError, match="lists 1 dataset and holds none") as caught:
        open_dataset(tmp_path / "index.json")
    assert caught.value.repair == "Check one of them: a.jsonl."
