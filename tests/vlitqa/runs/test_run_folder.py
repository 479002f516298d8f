"""A run folder is written by one run, whole or marked unfinished, and says what stands in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.given.image_datasets import write_dataset
from tests.given.run_cli import LIGHT, vlitqa
from tests.given.scorecards import scorecard
from tests.given.second_process import second_process
from tests.given.small_disks import mounted
from vlitqa.errors import FolderBusy, FolderIncomplete, FolderNotWritable, RunError
from vlitqa.records import Place, Record, Reject
from vlitqa.results import FaultyRow, Measurement, to_json
from vlitqa.runs.folder import FINDINGS, INFO, MEASUREMENTS, REJECTS, SCORECARD, RunFolder, folder_for
from vlitqa.runs.stored import read_findings, read_scorecard

HOLDER = """
import sys
from pathlib import Path
from vlitqa.runs.folder import RunFolder
folder = RunFolder(Path(sys.argv[1]))
print("locked", flush=True)
sys.stdin.read()
folder.close()
"""


def record(row: int) -> Record:
    return Record((), id=f"r{row}", place=Place(row, row + 1))


def names(path: Path) -> set[str]:
    return {file.name for file in path.iterdir()}


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write("scorecard.json", b"old")
    folder.write("scorecard.json", b"new")
    folder.close()
    assert (tmp_path / "scorecard.json").read_bytes() == b"new"
    assert names(tmp_path) == {"scorecard.json"}


def test_an_error_while_measuring_leaves_the_old_files_and_no_temporary_one(tmp_path: Path) -> None:
    (tmp_path / MEASUREMENTS).write_bytes(b"old table")
    (tmp_path / REJECTS).write_bytes(b"old rejects")
    folder = RunFolder(tmp_path)

    def fail_in_the_middle() -> None:
        with folder.measurement_writer(["one"]) as writer:
            for row in range(5000):
                writer.add([(record(row), (Measurement(1.0),))])
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fail_in_the_middle()
    folder.close()
    assert (tmp_path / MEASUREMENTS).read_bytes() == b"old table"
    assert (tmp_path / REJECTS).read_bytes() == b"old rejects"
    assert names(tmp_path) == {MEASUREMENTS, REJECTS}


def test_a_table_left_unfinished_says_nothing_when_it_is_forgotten(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from vlitqa.runs.folder import RunFolder\n"
        "folder = RunFolder(Path(sys.argv[1]))\n"
        "with folder.measurement_writer(['one']) as writer:\n"
        "    sys.exit('stopped')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False)
    assert done.stderr == "stopped\n"


def test_measurements_and_rejects_are_written_in_the_order_of_the_rows(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.measurement_writer(["one", "two"]) as writer:
        writer.reject(Reject(Place(0, 1, 0, 9), "not_object", "the row is a list"), "data.jsonl")
        first = record(1), (Measurement(1.0), Measurement(None, reason="why"))
        writer.add([first, (record(2), (Measurement(3.0, evidence={"a": 1}), Measurement(4.0)))])
    folder.close()
    table = pq.read_table(tmp_path / MEASUREMENTS).to_pylist()
    assert [(row["metric"], row["record"], row["line"], row["value"]) for row in table] == [
        ("one", "r1", 2, 1.0),
        ("one", "r2", 3, 3.0),
        ("two", "r1", 2, None),
        ("two", "r2", 3, 4.0),
    ]
    assert b'"code":"not_object"' in (tmp_path / REJECTS).read_bytes()


def test_what_a_dead_run_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".vlitqa-12345.tmp").write_bytes(b"half a table")
    (tmp_path / INFO).write_bytes(b"{}")
    folder = RunFolder(tmp_path)
    assert names(tmp_path) == {".lock", INFO}, "a finished run stays one until its measurements are replaced"
    with folder.measurement_writer([]):
        pass
    assert INFO not in names(tmp_path)
    folder.close()


def test_a_second_run_in_the_same_folder_is_told_who_has_it(tmp_path: Path) -> None:
    first = second_process(HOLDER, tmp_path, "locked")
    (tmp_path / INFO).write_bytes(b"{}")
    with pytest.raises(FolderBusy, match=f"process {first.pid} on {os.uname().nodename}"):
        RunFolder(tmp_path)
    assert (tmp_path / INFO).exists(), "a refused run changes nothing"
    first.communicate("")
    RunFolder(tmp_path).close()


def test_the_lock_of_a_killed_run_is_no_obstacle(tmp_path: Path) -> None:
    first = second_process(HOLDER, tmp_path, "locked")
    first.kill()
    first.communicate()
    assert names(tmp_path) == {".lock"}
    RunFolder(tmp_path).close()
    assert names(tmp_path) == set()


@pytest.mark.slow
def test_many_processes_take_turns_and_none_fails_but_for_being_busy(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from vlitqa.errors import FolderBusy\n"
        "from vlitqa.runs.folder import RunFolder\n"
        "for _ in range(300):\n"
        "    try: RunFolder(Path(sys.argv[1])).close()\n"
        "    except FolderBusy: pass\n"
    )
    crowd = [subprocess.Popen([sys.executable, "-c", script, tmp_path]) for _ in range(4)]
    assert [each.wait() for each in crowd] == [0] * 4


def test_a_folder_that_refuses_to_be_written_is_said(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "ro") as disk:
        with pytest.raises(FolderNotWritable, match="Read-only file system") as caught:
            RunFolder(disk / "run")
        assert "--output" in caught.value.repair


def test_a_folder_whose_name_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(FolderNotWritable):
        RunFolder(tmp_path / "run")
    with pytest.raises(FolderNotWritable):
        RunFolder(tmp_path / "run" / "below")


def test_a_run_goes_on_in_the_folder_that_an_earlier_day_began(tmp_path: Path) -> None:
    begun = tmp_path / "data-20240101-abc"
    assert folder_for(tmp_path, "data", "abc", "20240101") == begun
    begun.mkdir()
    assert folder_for(tmp_path, "data", "abc", "20240102") == begun
    assert folder_for(tmp_path, "data", "abd", "20240102") == tmp_path / "data-20240102-abd"


@pytest.mark.slow
def test_the_longest_name_of_a_dataset_still_gives_a_run_folder(tmp_path: Path) -> None:
    short = write_dataset(tmp_path / "data", rows=3, images=1)
    longest = short.rename(short.with_name("数" * 83 + ".jsonl"))
    done = vlitqa("score", *LIGHT, longest, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "runs").iterdir()
    assert run.name.startswith("数" * 60)


def test_faulty_rows_come_back_by_metric_and_stand_in_the_order_of_rows(tmp_path: Path) -> None:
    copies = [FaultyRow(2, "duplicate_row", 0), FaultyRow(7, "near_duplicate_text", 2)]
    faulty = {"one": copies, "other": [FaultyRow(0, "no_turns"), FaultyRow(2, "no_turns")]}
    folder = RunFolder(tmp_path)
    folder.write_findings(faulty)
    folder.close()
    assert read_findings(tmp_path) == faulty
    assert pq.read_table(tmp_path / FINDINGS).to_pylist() == [
        {"row": 1, "metric": "other", "code": "no_turns", "of_row": None},
        {"row": 3, "metric": "one", "code": "duplicate_row", "of_row": 1},
        {"row": 3, "metric": "other", "code": "no_turns", "of_row": None},
        {"row": 8, "metric": "one", "code": "near_duplicate_text", "of_row": 3},
    ]


def test_a_run_of_an_older_vlitqa_without_findings_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=f"older vlitqa: it has no {FINDINGS}"):
        read_findings(tmp_path)


def test_a_scorecard_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write(SCORECARD, to_json(scorecard()))
    folder.write(INFO, b"{}")
    folder.close()
    assert read_scorecard(tmp_path) == scorecard()


def test_an_unfinished_folder_has_no_scorecard(tmp_path: Path) -> None:
    (tmp_path / SCORECARD).write_bytes(to_json(scorecard()))
    with pytest.raises(FolderIncomplete, match="holds no finished run"):
        read_scorecard(tmp_path)
    with pytest.raises(FolderIncomplete):
        read_scorecard(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"scored": [], "rejected": [], "more": 1}', b'{"dataset": "\xff"}']
)
def test_a_damaged_scorecard_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / INFO).write_bytes(b"{}")
    (tmp_path / SCORECARD).write_bytes(content)
    with pytest.raises(RunError, match="cannot be read"):
        read_scorecard(tmp_path)


def test_the_field_of_a_scorecard_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / INFO).write_bytes(b"{}")
    (tmp_path / SCORECARD).write_bytes(to_json(scorecard(records=0)).replace(b'"rows":0', b'"rows":"none"'))
    with pytest.raises(RunError, match=r"Expected `int`, got `str` - at `\$.rows`"):
        read_scorecard(tmp_path)
