"""A file that was cut off keeps the rows before the cut and says once that it was cut."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.given.packing import (
    COMPRESSIONS,
    codes,
    dialogues,
    ids,
    line_of,
    lines_of,
    read_bytes,
    table_of,
    tar_of,
    the_reject,
    zstd,
)
from tests.given.rows import written
from tests.given.run_cli import vlitqa
from vlitqa.cli.exit_codes import PARTIAL
from vlitqa.engines.serial import SerialEngine
from vlitqa.metrics.integrity import Integrity
from vlitqa.reader import open_dataset
from vlitqa.records import Record, Reject
from vlitqa.results import Finding
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import check_dataset

ROWS = dialogues(400)
FLAT = [{"question_id": n, "image": f"{n}.jpg", "text": f'Is "{n}"\nthere?', "label": "no"} for n in range(400)]
PLAIN = {
    "jsonl": lines_of(ROWS),
    "json array": json.dumps(ROWS, ensure_ascii=False).encode(),
    "json objects": "\n".join(json.dumps(row, indent=1) for row in ROWS).encode(),
    "csv": table_of(FLAT),
    "webdataset": tar_of({f"{row['id']}.json": line_of(row) for row in ROWS}),
}
SHARES = (0.05, 0.3, 0.5, 0.77, 0.999)


def _assert_kept_up_to_a_cut(entries: list[Record | Reject], kind: str) -> int:
    names = ids(entries)
    expected = [str(row["question_id"]) for row in FLAT] if kind == "csv" else [row["id"] for row in ROWS]
    assert names == expected[: len(names)]
    assert codes(entries) == {"truncated": 1}
    assert isinstance(entries[-1], Reject)
    assert entries[-1].place.row == len(names)
    return len(names)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("packed", ["gz", "zst"])
@pytest.mark.parametrize("kind", PLAIN)
def test_a_cut_off_compressed_file_keeps_the_rows_before_the_cut(
    kind: str, packed: str, share: float, tmp_path: Path
) -> None:
    whole = COMPRESSIONS[packed](PLAIN[kind])
    rows = _assert_kept_up_to_a_cut(read_bytes(tmp_path, whole[: int(len(whole) * share)]), kind)
    assert rows < 400 or share > 0.9


@pytest.mark.parametrize("missing", [1, 4, 8])
@pytest.mark.parametrize("kind", PLAIN)
def test_a_gz_without_the_last_bytes_of_its_checksum_keeps_every_row(kind: str, missing: int, tmp_path: Path) -> None:
    whole = gzip.compress(PLAIN[kind])
    assert _assert_kept_up_to_a_cut(read_bytes(tmp_path, whole[:-missing]), kind) == 400


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("kind", ["jsonl", "json array", "webdataset"])
def test_a_cut_off_plain_file_keeps_the_rows_before_the_cut(kind: str, share: float, tmp_path: Path) -> None:
    whole = PLAIN[kind]
    if kind == "webdataset":
        whole = whole.rstrip(b"\0")  # the blocks that close a tar are only padding
    rows = _assert_kept_up_to_a_cut(read_bytes(tmp_path, whole[: int(len(whole) * share)]), kind)
    assert 400 * share - 20 < rows <= 400 * share + 20


def test_a_broken_last_line_with_its_end_is_a_row_and_no_cut(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, PLAIN["jsonl"][:-20] + b"\n")
    assert len(ids(entries)) == 399
    assert codes(entries) == {"malformed_json": 1}


@pytest.mark.slow
def test_a_cut_off_file_of_lines_ends_a_check_with_its_own_exit_code(tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl").write_bytes(PLAIN["jsonl"][:-20])
    done = vlitqa("check", "cut.jsonl", cwd=tmp_path)
    assert done.returncode == PARTIAL
    assert "399 rows: 399 records, 0 rejected" in done.stdout
    assert "cut.jsonl is cut off or damaged" in done.stdout


def _finding_of_the_cut(path: Path, whole: bytes) -> Finding:
    path.write_bytes(whole)
    request = ScoreRequest(metrics=(Integrity(),))
    card = check_dataset(open_dataset(path), request, lambda **_: SerialEngine(), lambda *_: None)
    assert card.cut_off
    return next(finding for finding in card.findings() if finding.code == "truncated")


def test_a_file_that_ends_in_the_middle_of_a_row_says_in_which_and_at_which_byte(tmp_path: Path) -> None:
    whole = lines_of(ROWS[:8])
    finding = _finding_of_the_cut(tmp_path / "half.jsonl", whole[:-20])
    start = whole[:-1].rindex(b"\n") + 1
    assert (finding.severity, finding.examples) == ("error", ("line 8",))
    assert finding.detail == f"line 8: the file ends in the middle of a row (row 8, line 8, byte {start:,})"


def test_a_cut_parquet_file_is_a_finding_that_names_its_footer(tmp_path: Path) -> None:
    whole = _parquet(tmp_path / "whole")
    assert "the footer is missing" in _finding_of_the_cut(tmp_path / "cut.parquet", whole[: len(whole) // 2]).detail


@pytest.mark.slow
def test_no_cut_file_is_said_to_have_no_problems(tmp_path: Path) -> None:
    texts = [{"instruction": f"What is thing {n}?", "output": f"It is thing {n}."} for n in range(8)]
    (tmp_path / "half.jsonl").write_bytes(lines_of(texts)[:-20])
    (tmp_path / "half.parquet").write_bytes(_parquet(tmp_path / "whole")[:900])
    for name in ("half.jsonl", "half.parquet"):
        done = vlitqa("check", name, cwd=tmp_path)
        assert done.returncode == PARTIAL
        assert "truncated" in done.stdout
        assert "No problems found" not in done.stdout
        assert "holds no rows" not in done.stderr


@pytest.mark.slow
def test_a_cut_off_file_ends_a_validation_with_the_exit_code_of_a_check(tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl").write_bytes(PLAIN["jsonl"][:-20])
    options = ("--metrics", "lexical", "--corruptions", "responses_repeated", "--doses", "20,40")
    done = vlitqa("validate", "cut.jsonl", *options, cwd=tmp_path)
    assert done.returncode == PARTIAL, done.stderr
    assert "cut.jsonl is cut off or damaged: the file ends in the middle of a row (row 400, line 400" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "sentence"), [([], "holds no rows"), (["{broken", [1]], "none of its rows could be read")]
)
def test_a_file_without_a_record_is_never_done(rows: list[object], sentence: str, tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", *rows)
    done = vlitqa("check", dataset, cwd=tmp_path)
    assert done.returncode == PARTIAL
    assert sentence in done.stderr


def test_an_array_without_its_closing_bracket_keeps_every_row(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, PLAIN["json array"][:-1])
    assert len(ids(entries)) == 400
    assert the_reject(entries).reason == "the file ends without its closing ]"


def test_a_tar_that_ends_between_two_members_is_cut_off(tmp_path: Path) -> None:
    whole = PLAIN["webdataset"]
    second = whole.index(b"row-100.json") // 512 * 512
    entries = read_bytes(tmp_path, whole[:second])
    assert _assert_kept_up_to_a_cut(entries, "webdataset") == 100
    assert the_reject(entries).reason == "the tar ends without its closing blocks"


def test_a_row_of_a_tar_is_not_given_without_its_cut_off_image(tmp_path: Path) -> None:
    whole = tar_of({"a.json": line_of(ROWS[0]), "a.jpg": b"x" * 2000, "b.json": line_of(ROWS[1]), "b.jpg": b"y" * 9000})
    entries = read_bytes(tmp_path, whole[: whole.index(b"yyy") + 5000])
    assert ids(entries) == ["row-0"]
    assert codes(entries) == {"truncated": 1}


def test_all_members_of_a_gz_and_all_frames_of_a_zst_are_read(tmp_path: Path) -> None:
    first, second, third = lines_of(ROWS[:100]), lines_of(ROWS[100:101]), lines_of(ROWS[101:])
    for pack in (gzip.compress, zstd):
        entries = read_bytes(tmp_path, pack(first) + pack(second) + pack(third))
        assert ids(entries) == [row["id"] for row in ROWS]
        assert codes(entries) == {}


@pytest.mark.parametrize("missing", [1, 5, 300])
def test_a_cut_in_the_second_member_keeps_the_first_whole(missing: int, tmp_path: Path) -> None:
    for pack in (gzip.compress, zstd):
        entries = read_bytes(tmp_path, pack(lines_of(ROWS[:200])) + pack(lines_of(ROWS[200:]))[:-missing])
        assert ids(entries)[:200] == [row["id"] for row in ROWS[:200]]
        assert codes(entries) == {"truncated": 1}


@pytest.mark.parametrize("packed", ["gz", "zst"])
def test_a_compressed_file_of_few_bytes_is_cut_off(packed: str, tmp_path: Path) -> None:
    whole = COMPRESSIONS[packed](PLAIN["jsonl"])
    for length in (4, 5, 9):
        assert codes(read_bytes(tmp_path, whole[:length])) == {"truncated": 1}


@pytest.mark.parametrize("packed", ["gz", "zst"])
def test_damage_inside_a_compressed_file_keeps_the_rows_before_it(packed: str, tmp_path: Path) -> None:
    damaged = bytearray(COMPRESSIONS[packed](PLAIN["jsonl"]))
    damaged[len(damaged) // 2 : len(damaged) // 2 + 40] = bytes(40)
    entries = read_bytes(tmp_path, bytes(damaged))
    assert codes(entries)["truncated"] == 1
    assert isinstance(entries[-1], Reject)


def _parquet(path: Path) -> bytes:
    table = pa.table({"instruction": [f"Question {n}?" for n in range(2000)], "output": ["Yes."] * 2000})
    pq.write_table(table, path, row_group_size=500, compression="none")
    return path.read_bytes()


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.99])
def test_a_cut_off_parquet_file_has_lost_its_footer_and_is_one_reject(share: float, tmp_path: Path) -> None:
    whole = _parquet(tmp_path / "whole")
    entries = read_bytes(tmp_path, whole[: max(5, int(len(whole) * share))])
    assert codes(entries) == {"truncated": 1}
    assert ids(entries) == []


def test_damage_in_a_row_group_of_a_parquet_file_keeps_the_other_groups(tmp_path: Path) -> None:
    damaged = bytearray(_parquet(tmp_path / "whole"))
    place = damaged.index(b"Question 500?") - 16
    damaged[place : place + 12] = b"\xff" * 12
    entries = read_bytes(tmp_path, bytes(damaged))
    assert codes(entries) == {"truncated": 1}
    rows = [entry.place.row for entry in entries if isinstance(entry, Record)]
    assert rows == [*range(500), *range(1000, 2000)]


def test_a_second_tar_behind_the_first_is_not_lost_in_silence(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, PLAIN["webdataset"] + tar_of({"b.json": line_of(ROWS[0])}))
    assert len(ids(entries)) == 400
    assert "a second tar" in the_reject(entries).reason


def test_a_second_array_behind_the_first_is_read_and_reported(tmp_path: Path) -> None:
    entries = read_bytes(tmp_path, PLAIN["json array"] + b"\n" + PLAIN["json array"])
    assert len(ids(entries)) == 800
    assert (the_reject(entries).reason, the_reject(entries).place.line) == ("text stands behind the closing ]", 2)
