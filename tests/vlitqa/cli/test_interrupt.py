"""Ctrl-C, or a scheduler's end, stops a run in a sentence that says how to go on; nothing is lost."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.given.family import started_with, wait_until
from tests.given.image_datasets import write_dataset
from tests.given.run_cli import LIGHT, vlitqa
from tests.given.run_progress import has_begun, has_measured

pytestmark = pytest.mark.slow

FILES = ("measurements.parquet", "scorecard.json", "rejects.jsonl", "labels.parquet", "findings.parquet")
INTERRUPTED = 130
ENGINES = ("serial", "processes", pytest.param("ray", marks=pytest.mark.cluster))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("long") / "data", rows=2500, images=100)


@pytest.fixture(scope="module")
def long_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset whose check takes far longer than a look at what it does."""
    return write_dataset(tmp_path_factory.mktemp("longer") / "data", rows=100_000, images=1)


@pytest.fixture(scope="module")
def expected(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The files of a run that nobody stops."""
    calm = tmp_path_factory.mktemp("calm")
    assert vlitqa("score", *LIGHT, dataset, cwd=calm).returncode == 0
    return files(calm)


def files(folder: Path) -> list[bytes]:
    """The files of the one run below a folder."""
    (run,) = (folder / "runs").iterdir()
    return [(run / name).read_bytes() for name in FILES]


WAYS = {
    "ctrl-C at the beginning": (has_begun, signal.SIGINT),
    "ctrl-C in the middle": (has_measured, signal.SIGINT),
    "SIGTERM at the beginning": (has_begun, signal.SIGTERM),
    "SIGTERM in the middle": (has_measured, signal.SIGTERM),
}


def stop(folder: Path, arguments: list[str], moment: Callable[[Path], bool], number: signal.Signals) -> str:
    """Stops a run at some moment, by ctrl-C with its whole group, by SIGTERM alone; gives what it says to that."""
    process = subprocess.Popen(
        [sys.executable, "-m", "vlitqa", *arguments],
        cwd=folder,
        env={**os.environ, "VLITQA_CACHE": str(folder / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a test run in the background ignores it
    )
    wait_until(lambda: moment(folder) or process.poll() is not None, "the run reaches its moment")
    assert process.poll() is None, "the run ended before it could be stopped"
    (os.killpg if number is signal.SIGINT else os.kill)(process.pid, number)
    _, errors = process.communicate()
    assert process.returncode == INTERRUPTED, errors
    wait_until(lambda: not started_with(str(folder / "cache")), "the workers of a stopped run end")
    return errors


WAYS_OF_WORKERS = ("ctrl-C in the middle", "SIGTERM at the beginning")
"""Both signals and both moments."""


@pytest.mark.parametrize(
    ("engine", "way"),
    [
        *(("serial", way) for way in WAYS),
        *(("processes", way) for way in WAYS_OF_WORKERS),
        *(pytest.param("ray", way, marks=pytest.mark.cluster) for way in WAYS_OF_WORKERS),
    ],
)
def test_a_stopped_run_says_how_to_go_on_and_goes_on(
    tmp_path: Path, dataset: Path, expected: list[bytes], engine: str, way: str
) -> None:
    moment, number = WAYS[way]
    arguments = ["score", *LIGHT, str(dataset), "--engine", engine, "--workers", "2"]
    errors = stop(tmp_path, arguments, moment, number)
    lines = [line for line in errors.splitlines() if " a second" not in line]
    assert len(lines) == 1, errors
    line = lines[0]
    assert line == f"Stopped; what was measured is kept. Go on with: {shlex.join(['vlitqa', *arguments])}"
    (run,) = (tmp_path / "runs").iterdir()
    assert not [*run.glob(".*.tmp"), *run.glob("run.json")], "nothing unfinished is left, and the run is not whole"
    program, *again = shlex.split(line.partition("Go on with: ")[2])
    assert (program, vlitqa(*again, cwd=tmp_path).returncode) == ("vlitqa", 0)
    assert files(tmp_path) == expected
    assert {file.name for file in run.iterdir()} == {*FILES, "gallery.parquet", "report.html", "run.json"}
    if moment is has_measured:
        assert json.loads((run / "run.json").read_bytes())["from_cache"] > 0


def test_a_name_with_a_space_can_be_pasted_back(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "my data", rows=3000, images=10)
    errors = stop(tmp_path, ["score", *LIGHT, str(dataset)], has_begun, signal.SIGINT)
    assert f"vlitqa score --metrics light '{dataset}'" in errors


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stopped_check_is_silent(tmp_path: Path, long_dataset: Path, engine: str) -> None:
    def is_at_work(folder: Path) -> bool:
        """True once the checking process has opened the dataset: nothing else can be seen of it."""
        return any(_reads(pid, long_dataset) for pid in started_with(str(folder / "cache")))

    errors = stop(tmp_path, ["check", str(long_dataset), "--engine", engine], is_at_work, signal.SIGINT)
    assert [line for line in errors.splitlines() if " a second" not in line] == []


def _reads(pid: int, path: Path) -> bool:
    try:
        return any(link.readlink() == path for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
