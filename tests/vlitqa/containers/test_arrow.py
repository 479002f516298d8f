"""Arrow's files and streams are read row by row, copied in part, and refused or cut short where they are damaged."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pyarrow as pa
import pytest

from tests.given.golden_rows import PIXEL
from tests.given.packing import read_all
from vlitqa.containers.arrow import write_arrow_subset
from vlitqa.containers.stream import SourceFile
from vlitqa.errors import DatasetError, VlitqaError
from vlitqa.reader import open_dataset
from vlitqa.records import ImageRef, Record, Reject, Turn

ROWS = 30


def table(rows: int = ROWS) -> pa.Table:
    return pa.table(
        {
            "image": [{"bytes": PIXEL, "path": f"{row}.gif"} for row in range(rows)],
            "question": [f"What is in picture {row}?" for row in range(rows)],
            "answer": pa.array([f"Dot {row}." for row in range(rows)]).dictionary_encode(),
        }
    )


def write(path: Path, kind: str, rows: int = ROWS, chunk: int = 7) -> Path:
    contents = table(rows)
    opened = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with opened(str(path), contents.schema) as writer:
        writer.write_table(contents, max_chunksize=chunk)
    return path


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_every_row_is_read_with_its_image(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / "data.arrow", kind)
    assert open_dataset(path).container.name == "arrow"
    entries = read_all(path)
    assert [entry.place.row for entry in entries] == list(range(ROWS))
    last = entries[-1]
    assert isinstance(last, Record)
    assert last.images == (ImageRef("29.gif", PIXEL),)
    assert last.turns == (Turn("What is in picture 29?", "Dot 29.", (0,)),)


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_a_subset_reads_back_as_the_rows_that_were_chosen(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / "data.arrow", kind)
    chosen = {0, 6, 7, 20, 29}
    with (tmp_path / "part.arrow").open("wb") as target:
        write_arrow_subset(SourceFile(path), chosen, target)
    kept = pa.ipc.open_stream(tmp_path / "part.arrow").read_all()
    assert kept.schema == table().schema
    assert kept.to_pylist() == table().take(pa.array(sorted(chosen))).to_pylist()


def test_a_stream_that_was_cut_off_keeps_the_rows_before_the_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "data.arrow", "stream")
    path.write_bytes(path.read_bytes()[:-1_500])
    *rows, last = read_all(path)
    assert rows
    assert all(isinstance(row, Record) for row in rows)
    assert isinstance(last, Reject)
    assert (last.code, last.place.row) == ("truncated", len(rows))
    with pytest.raises(DatasetError, match="cannot be read up to its last chosen row"):
        write_arrow_subset(SourceFile(path), {ROWS - 1}, io.BytesIO())
    write_arrow_subset(SourceFile(path), {0}, io.BytesIO())


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_damage_anywhere_is_an_error_that_a_user_can_repair_or_a_reject(kind: str, tmp_path: Path) -> None:
    whole = write(tmp_path / "data.arrow", kind, rows=12, chunk=5).read_bytes()
    dice = random.Random(kind)
    for _ in range(120):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            damaged[dice.randrange(6, len(damaged))] = dice.randrange(256)
        (tmp_path / "damaged.arrow").write_bytes(damaged)
        try:
            entries = read_all(tmp_path / "damaged.arrow")
        except VlitqaError:
            continue
        assert all(isinstance(entry, Record | Reject) for entry in entries)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    contents = pa.table([pa.array(["a"]), pa.array(["b"])], names=["question", "question"])
    with pa.ipc.new_stream(str(tmp_path / "data.arrow"), contents.schema) as writer:
        writer.write_table(contents)
    with pytest.raises(DatasetError, match="two columns of one name"):
        open_dataset(tmp_path / "data.arrow")
