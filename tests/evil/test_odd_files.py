"""Files that are sound by their letter and senseless all the same are named, not half read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard

from tests.given.packing import codes, dialogue, ids, line_of, read_bytes, tar_of
from vlitqa.errors import DatasetError


@pytest.mark.parametrize("outer", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize("inner", [gzip.compress, zstandard.compress])
def test_what_was_compressed_twice_is_named(outer: type, inner: type, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is compressed twice"):
        read_bytes(tmp_path, outer(inner(line_of(dialogue(1)))))


def test_a_table_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    for table in (
        b"id,instruction,output,id\n1,What?,That.,2\n",
        b"instruction\toutput\t output\nWhat?\tThat.\tThis.\n",
    ):
        with pytest.raises(DatasetError, match="two columns of one name"):
            read_bytes(tmp_path, table, "data.csv")


def test_columns_without_a_name_are_told_apart(tmp_path: Path) -> None:
    assert ids(read_bytes(tmp_path, b",,id,instruction,output\n1,2,a,What?,That.\n", "data.csv")) == ["a"]


@pytest.mark.parametrize(("images", "rejects"), [(10_000, {}), (10_001, {"too_many_images": 1})])
def test_a_row_that_names_more_images_than_any_video_has_is_rejected(
    images: int, rejects: dict[str, int], tmp_path: Path
) -> None:
    row = {**dialogue(2), "image": [f"{number}.jpg" for number in range(images)]}
    entries = read_bytes(tmp_path, line_of(dialogue(1)) + b"\n" + line_of(row))
    assert codes(entries) == rejects
    assert ids(entries)[0] == "row-1"


@pytest.mark.slow
def test_a_row_of_a_tar_with_too_many_members_is_rejected(tmp_path: Path) -> None:
    row = {key: value for key, value in dialogue(1).items() if key != "image"}
    members = {"a.json": line_of(row), **{f"a.{number}.jpg": b"" for number in range(10_001)}}
    entries = read_bytes(tmp_path, tar_of({**members, "b.json": line_of(dialogue(2))}), "data.tar")
    assert (codes(entries), ids(entries)) == ({"too_many_images": 1}, ["row-2"])
