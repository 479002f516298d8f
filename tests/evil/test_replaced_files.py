"""A selection replaces nothing that no selection wrote, and can be repeated after whatever ended it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.given.packing import dialogue, line_of
from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, vlitqa
from tests.given.runs import scored
from vlitqa.errors import RunError, UsageError
from vlitqa.reader import open_dataset
from vlitqa.runs.finished import FinishedRun, open_run
from vlitqa.selection.ledger import LEDGER
from vlitqa.selection.reading_back import read_back
from vlitqa.selection.subset import SelectionRequest, write_selection

pytestmark = pytest.mark.slow

KILLED = """
import os, signal, sys
from vlitqa.cli import main
left = int(sys.argv.pop(1))
def end(event, arguments):
    global left
    if event == "os.rename":
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
sys.addaudithook(end)
main()
"""
"""The command line, in a process that is killed when it has renamed so many files."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """A run of three rows."""
    folder = tmp_path_factory.mktemp("select")
    dataset = written(folder / "data.jsonl", GOOD, GOOD, GOOD)
    assert vlitqa("score", *LIGHT, dataset, cwd=folder).returncode == 0
    (scored,) = (folder / "runs").iterdir()
    return open_run(scored)


def request(output: Path, rows: int = 1) -> SelectionRequest:
    return SelectionRequest(rules=[f"budget:{rows}"], output=output)


def ledger_of(output: Path) -> Path:
    return output.with_name(f"{output.name}.{LEDGER}")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_of_the_name_of_a_ledger_stays(run: FinishedRun, tmp_path: Path) -> None:
    ledger_of(tmp_path / "out.jsonl").write_text("precious")
    with pytest.raises(UsageError, match="no selection wrote it"):
        write_selection(run, request(tmp_path / "out.jsonl"))
    assert files(tmp_path) == {f"out.jsonl.{LEDGER}": b"precious"}


def test_a_dataset_of_the_name_of_a_ledger_stays(run: FinishedRun, tmp_path: Path) -> None:
    moved = Path(shutil.copy(run.info.dataset, ledger_of(tmp_path / "out.jsonl")))
    before = moved.read_bytes()
    with pytest.raises(UsageError, match="is the dataset itself"):
        write_selection(run, SelectionRequest(rules=["budget:1"], output=tmp_path / "out.jsonl", dataset=moved))
    assert moved.read_bytes() == before


def test_a_subset_that_was_edited_stays(run: FinishedRun, tmp_path: Path) -> None:
    write_selection(run, request(tmp_path / "out.jsonl"))
    (tmp_path / "out.jsonl").write_text("edited by hand")
    with pytest.raises(UsageError, match="was changed since a selection wrote it"):
        write_selection(run, request(tmp_path / "out.jsonl"))
    assert (tmp_path / "out.jsonl").read_text() == "edited by hand"


@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to], ids=["link", "hard link"])
def test_a_link_is_not_followed(make: Callable[[Path, Path], None], run: FinishedRun, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    for name in ("out.jsonl", ledger_of(tmp_path / "out.jsonl").name):
        make(tmp_path / name, tmp_path / "precious")
        with pytest.raises(UsageError):
            write_selection(run, request(tmp_path / "out.jsonl"))
        (tmp_path / name).unlink()
    assert (tmp_path / "precious").read_text() == "precious"


def test_an_earlier_subset_is_replaced_and_that_is_said(run: FinishedRun, tmp_path: Path) -> None:
    assert not write_selection(run, request(tmp_path / "out.jsonl")).replaced
    assert write_selection(run, request(tmp_path / "out.jsonl", 2)).replaced
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("rows_before", [0, 1, 2], ids=["nothing", "another subset", "the same subset"])
@pytest.mark.parametrize("renamed", [0, 1])
def test_a_selection_that_was_killed_between_its_files_can_be_repeated(
    renamed: int, rows_before: int, run: FinishedRun, tmp_path: Path
) -> None:
    output = tmp_path / "out.jsonl"
    if rows_before:
        write_selection(run, request(output, rows_before))
    before = output.read_bytes() if rows_before else b""
    command = [
        sys.executable,
        "-c",
        KILLED,
        str(renamed),
        "select",
        str(run.folder),
        "--budget",
        "2",
        "-o",
        str(output),
    ]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -signal.SIGKILL
    assert (output.read_bytes() if rows_before else b"") == before
    write_selection(run, request(output, 2))
    assert len(output.read_text().splitlines()) == 2
    whole = tmp_path / "whole.jsonl"
    write_selection(run, request(whole, 2))
    assert output.read_bytes() == whole.read_bytes()


ROWS = [line_of(dialogue(number)) + b"\n" for number in range(5)]
WRONG = {
    "a row is missing": [ROWS[0], ROWS[3]],
    "a row too many": [ROWS[0], ROWS[2], ROWS[3], ROWS[4]],
    "another row": [ROWS[0], ROWS[1], ROWS[3]],
    "another order": [ROWS[2], ROWS[0], ROWS[3]],
    "a broken row": [ROWS[0], ROWS[2][:-9] + b"\n", ROWS[3]],
    "nothing": [],
    "no dataset": [b"words"],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_subset_that_does_not_hold_what_was_chosen_is_refused(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_bytes(b"".join(ROWS))
    (tmp_path / "copy.jsonl").write_bytes(b"".join(WRONG[wrong]))
    with pytest.raises(RunError, match="No subset was written"):
        read_back(tmp_path / "copy.jsonl", open_dataset(tmp_path / "data.jsonl"), {0, 2, 3})


def test_a_subset_of_rows_that_no_format_recognises_alone_is_written_with_the_format_that_it_needs(
    tmp_path: Path,
) -> None:
    usual = {"unique_id": "vqa_9", "task_name": "vqa", "image_path": "9.jpg", "question": "Day?", "target_txt": "yes"}
    odd = {name.replace("unique_id", "unique_Id"): value for name, value in usual.items()}
    scored(tmp_path, [usual, odd, {**usual, "question": "Night?"}])
    (folder,) = (tmp_path / "runs").iterdir()
    outcomes = [
        write_selection(
            open_run(folder), SelectionRequest(rules=["budget:1"], output=tmp_path / f"{seed}.jsonl", seed=seed)
        )
        for seed in range(8)
    ]
    options = {Path(outcome.subset).read_text().partition(",")[0]: outcome.options for outcome in outcomes}
    assert options == {'{"unique_id": "vqa_9"': "", '{"unique_Id": "vqa_9"': "--format multiinstruct"}
