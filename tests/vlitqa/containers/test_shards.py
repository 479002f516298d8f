"""Datasets of several files: one dataset, one digest, places that name the file, and shards written back."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.given.golden_rows import PIXEL
from tests.given.packing import dialogues, lines_of, read_all
from tests.given.run_cli import check_json, vlitqa
from vlitqa.containers.shards import ShardedSource
from vlitqa.containers.subset import write_shards
from vlitqa.errors import DatasetError
from vlitqa.reader import open_dataset
from vlitqa.records import Record, Reject


def write_lines(folder: Path, *shards: int) -> Path:
    """A folder with shards of so many rows, all different."""
    folder.mkdir()
    rows, first = dialogues(sum(shards)), 0
    for number, count in enumerate(shards):
        (folder / f"part-{number}.jsonl").write_bytes(lines_of(rows[first : first + count]))
        first += count
    return folder


def test_the_rows_of_a_folder_are_counted_over_its_files_and_say_in_which_they_stand(tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "data", 3, 2)
    (folder / "state.json").write_text("{}")
    (folder / ".hidden.jsonl").write_text("{}")
    (folder / "part-0.gold.jsonl").write_text('{"row": 1, "correct": true}\n{"row": 2, "correct": true}\n')
    (folder / "readme.md").write_text("no rows")
    entries = read_all(folder)
    assert [(entry.place.row, entry.place.file, entry.place.line) for entry in entries] == [
        *((row, "part-0.jsonl", row + 1) for row in range(3)),
        *((row, "part-1.jsonl", row - 2) for row in (3, 4)),
    ]
    assert [entry.id for entry in entries if isinstance(entry, Record)] == [f"row-{number}" for number in range(5)]
    dataset = open_dataset(folder)
    assert dataset.home == folder
    (folder / "below").mkdir()
    assert open_dataset(folder / "below" / "..").path.name == "data", "it has a name, however it is written"
    with dataset.entries() as opened:
        shares = [opened.share() for _ in opened]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_pattern_names_files_and_the_digest_is_of_all_of_them(tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "data", 2, 2, 2)
    two = open_dataset(folder / "part-[01].jsonl")
    assert len(two.record_rows) == 4
    before = open_dataset(folder).sha256
    assert before != two.sha256
    (folder / "part-2.jsonl").write_bytes(lines_of(dialogues(1)))
    assert open_dataset(folder).sha256 != before


def test_shards_below_a_folder_named_data_are_found(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    write_lines(tmp_path / "hub" / "data", 1, 1)
    assert len(read_all(tmp_path / "hub")) == 2


def test_pictures_in_shards_of_parquet_are_read_and_written_back(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for shard in range(3):
        rows = [
            {"image": {"bytes": PIXEL, "path": None}, "question": f"{shard} {row}?", "answer": "A dot."}
            for row in range(4)
        ]
        pq.write_table(pa.Table.from_pylist(rows), folder / f"train-{shard:05d}-of-00003.parquet")
    dataset = open_dataset(folder)
    assert dataset.container.name == "shards of parquet"
    assert isinstance(dataset.source, ShardedSource)
    (tmp_path / "part").mkdir()
    write_shards(dataset.source, {1, 3, 8}, tmp_path / "part")
    assert sorted(path.name for path in (tmp_path / "part").iterdir()) == [
        "train-00000-of-00003.parquet",
        "train-00002-of-00003.parquet",
    ], "a shard without a row is left out"
    kept = [entry.turns[0].instruction for entry in read_all(tmp_path / "part") if isinstance(entry, Record)]
    assert kept == ["0 1?", "0 3?", "2 0?"]


def test_a_shard_that_was_cut_off_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "data", 2, 2, 2)
    whole = (folder / "part-1.jsonl").read_bytes()
    (folder / "part-1.jsonl").write_bytes(whole[:-20])
    entries = read_all(folder)
    (cut,) = [entry for entry in entries if isinstance(entry, Reject)]
    assert (cut.code, cut.place.file, cut.place.row) == ("truncated", "part-1.jsonl", 3)
    assert [entry.id for entry in entries if isinstance(entry, Record)] == ["row-0", "row-1", "row-2", "row-4", "row-5"]


@pytest.mark.parametrize(
    ("files", "name", "sentence"),
    [
        ({}, "", "holds no file of a dataset"),
        ({"a.md": "x"}, "", "holds no file of a dataset"),
        ({}, "*.jsonl", "No file is named"),
        (
            {"a.jsonl": '{"question": "q", "answer": "a"}\n', "b.csv": "question,answer\n1,2\n"},
            "",
            "packed in several ways: a.jsonl (jsonl), b.csv (csv)",
        ),
        (
            {"a.jsonl": '{"question": "q", "answer": "a"}\n', "b.jsonl": '{"row": 1}\n{"row": 2}\n'},
            "",
            "rows of several formats: a.jsonl (caption-rows), b.jsonl (no known format)",
        ),
    ],
)
def test_a_folder_that_is_no_dataset_is_refused_with_a_sentence(
    tmp_path: Path, files: dict[str, str], name: str, sentence: str
) -> None:
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path / name)
    assert sentence in caught.value.message


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    write_lines(tmp_path / "a", 1)
    write_lines(tmp_path / "b", 1)
    with pytest.raises(DatasetError, match=r"part-0\.jsonl and"):
        open_dataset(tmp_path / "*" / "part-0.jsonl")


def test_two_identical_shards_are_one_dataset_of_which_half_is_repeated(tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "data", 4)
    (folder / "part-1.jsonl").write_bytes((folder / "part-0.jsonl").read_bytes())
    done = vlitqa("check", "data", "--json", cwd=tmp_path)
    findings = {finding["code"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert findings["duplicate_row"]["rows"] == 4
    assert findings["duplicate_row"]["examples"] == [f"part-1.jsonl line {line}" for line in range(1, 5)]
    assert "part-1.jsonl line 1, 2, 3, 4" in " ".join(vlitqa("check", "data", cwd=tmp_path).stdout.split())


def test_a_folder_is_scored_and_its_shards_are_written_without_the_copies(tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "data", 4, 3)
    first, second = (folder / f"part-{number}.jsonl" for number in (0, 1))
    second.write_bytes(second.read_bytes() + first.read_bytes())
    scored = vlitqa("score", "data", "--metrics", "integrity,duplicates", "--output", "runs", cwd=tmp_path)
    assert scored.returncode == 0, scored.stderr
    (run,) = (tmp_path / "runs").iterdir()
    chosen = vlitqa("select", run, "--rule", "drop:duplicate_row", "--output", "kept", cwd=tmp_path)
    assert chosen.returncode == 0, chosen.stderr
    kept = tmp_path / "kept"
    assert (kept / "part-0.jsonl").read_bytes() == first.read_bytes()
    assert (kept / "part-1.jsonl").read_bytes() == b"".join(second.read_bytes().splitlines(keepends=True)[:3])
    again = vlitqa("select", run, "--rule", "drop:duplicate_row", "--output", "kept", cwd=tmp_path)
    assert again.returncode == 2
    assert "is no ordinary file" in again.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "data", "kept", "kept.ledger.parquet", "runs"]


def test_a_row_that_cannot_be_read_is_named_with_its_file_in_a_run_that_is_read_again(tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "data", 3, 2)
    with (folder / "part-1.jsonl").open("ab") as file:
        file.write(b"{bad\n")
    scored = vlitqa("score", "data", "--metrics", "integrity", "--output", "runs", cwd=tmp_path)
    assert scored.returncode == 0, scored.stderr
    (run,) = (tmp_path / "runs").iterdir()
    (reject,) = map(json.loads, (run / "rejects.jsonl").read_text().splitlines())
    assert (reject["file"], reject["line"], reject["row"]) == ("part-1.jsonl", 3, 3)
    report = vlitqa("report", run, "--details", cwd=tmp_path)
    assert report.returncode == 0, report.stderr
    assert "part-1.jsonl line 3" in " ".join(report.stdout.split())


def test_files_of_different_folders_are_one_dataset_under_a_name(tmp_path: Path) -> None:
    for number, name in enumerate(("a", "b")):
        folder = tmp_path / name
        folder.mkdir()
        rows = [{"question": f"What is {number} {row}?", "answer": f"It is {row}."} for row in range(3)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    files = [tmp_path / "a" / "a.jsonl", tmp_path / "b" / "b.jsonl"]
    checked = check_json(files[0], files[1], "--as", "both", cwd=tmp_path)
    assert (checked["path"], checked["rows"], checked["findings"]) == ("both", 6, [])
    done = vlitqa("score", *files, "--as", "both", "--metrics", "lexical", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "runs").iterdir()
    assert run.name.startswith("both-")
    selected = vlitqa("select", run, "--budget", "50%", cwd=tmp_path / "a")
    assert selected.returncode == 0, selected.stderr
    assert {file.name for file in (run / "selected").iterdir()} <= {"a.jsonl", "b.jsonl"}
    assert sum(file.read_text().count("\n") for file in (run / "selected").iterdir()) == 3
    files[1].write_text("")
    assert "has changed" in vlitqa("select", run, "--budget", "20%", cwd=tmp_path).stderr


def test_a_name_for_several_files_has_no_slash_and_they_have_different_names(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    for place in ("a.jsonl", "x/a.jsonl"):
        (tmp_path / place).write_text('{"question": "What?", "answer": "It."}\n')
    for name, sentence in (("a/b", "is no name of a dataset"), ("both", "Name the shards of one folder at a time")):
        done = vlitqa("check", "a.jsonl", "x/a.jsonl", "--as", name, cwd=tmp_path)
        assert done.returncode == 2
        assert sentence in done.stderr
