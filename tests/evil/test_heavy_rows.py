"""Rows that hold photographs are counted in bytes: memory stays bounded, whatever the rows weigh."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import zstandard

from tests.given.packing import dialogue, line_of
from tests.given.troubled_metrics import Troubled
from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import Task
from vlitqa.engines.processes import ProcessEngine
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.scoring.work import Scorer

pytestmark = pytest.mark.slow

MEGABYTE = 1 << 20
MEASURE = """
import sys
from pathlib import Path
from vlitqa.engines.processes import ProcessEngine
from vlitqa.engines.serial import SerialEngine
from vlitqa.metrics.integrity import Integrity
from vlitqa.reader import open_dataset
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import RunPlace, check_dataset, score_datasets
from tests.given.run_quietly import unwatched

if __name__ == "__main__":
    path, engine, command = sys.argv[1:]
    chosen = SerialEngine() if engine == "serial" else ProcessEngine(2)
    request, dataset = ScoreRequest(metrics=(Integrity(),)), open_dataset(Path(path))
    place = RunPlace(Path(path).parent / engine, Path(path).parent / "cache", tell=lambda _: None)
    if command == "check":
        card = check_dataset(dataset, request, lambda **_: chosen, lambda *_: None)
    else:
        ((_, _, card),) = score_datasets([dataset], request, place, lambda **_: chosen, unwatched)
    peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
    print(card.records, card.rejects, *peak)
"""


def _tar_of_photographs(path: Path, *, rows: int, megabytes: int) -> Path:
    """A tar of rows with one image each, which is none: it takes no time to decode, and compresses well."""
    image = b"no image" + bytes(megabytes * MEGABYTE)
    with zstandard.open(path, "wb") as file, tarfile.open(fileobj=file, mode="w|") as tar:
        for number in range(rows):
            for name, content in ((f"{number}.json", line_of(dialogue(number))), (f"{number}.jpg", image)):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def _measure(path: Path, engine: str, command: str) -> tuple[int, int, int]:
    """The records, the rejects, and the megabytes that the process which reads the file had at its most."""
    root = Path(__file__).parents[2]
    program = path.parent / "measure.py"
    program.write_text(MEASURE)  # a file, because worker processes read it again
    done = subprocess.run(
        [sys.executable, program, path, engine, command],
        cwd=root,
        env={"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    records, rejects, kilobytes = map(int, done.stdout.split())
    return records, rejects, kilobytes >> 10


@pytest.mark.parametrize("command", ["check", "score"])
@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_a_tar_with_a_half_a_gigabyte_of_photographs_takes_a_fraction_of_it(
    engine: str, command: str, tmp_path: Path
) -> None:
    path = _tar_of_photographs(tmp_path / "photographs.tar.zst", rows=100, megabytes=5)
    assert path.stat().st_size < MEGABYTE
    records, rejects, peak = _measure(path, engine, command)
    assert (records, rejects) == (100, 0)
    assert peak < 450


def test_rows_of_60_megabytes_each_are_few_at_a_time(tmp_path: Path) -> None:
    path = _tar_of_photographs(tmp_path / "bomb.tar.zst", rows=12, megabytes=60)
    records, rejects, peak = _measure(path, "processes", "check")
    assert (records, rejects) == (12, 0)
    assert peak < 800


def test_what_is_under_way_is_bounded_in_bytes_and_comes_back_in_order() -> None:
    weight, rows = 40 * MEGABYTE, 12
    started = finished = most = 0

    def heavy_rows() -> Iterator[Sequence[Task]]:
        nonlocal started, most
        for number in range(rows):
            started += 1
            most = max(most, started - finished)
            place = Place(row=number, line=number + 1, length=weight)
            yield [Task(Record((Turn("What?", "That."),), id=f"r{number}", place=place), (0,))]

    names = []
    for (measured,) in ProcessEngine(1).map(Scorer((Troubled(),), Toolbox()), heavy_rows()):
        names.append(measured[0].record_id)
        finished += 1
    assert names == [f"r{number}" for number in range(rows)]
    assert most == 2, "a third would be more than 64 MiB"


def test_a_row_weighs_what_it_holds() -> None:
    turns = (Turn("What?", "That."),)
    assert Record(turns, place=Place(0, 1, 0, 70)).weight() == 70
    assert Record(turns, (ImageRef("a.jpg", b"12345"), ImageRef("b.jpg")), place=Place(0, 1, 0, 70)).weight() == 75
    source = {"text": "twelve bytes", "images": [{"bytes": b"12345", "path": None}], "n": 7}
    assert Record(turns, place=Place(0, 0), source=source).weight() == 17
