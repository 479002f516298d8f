"""A disk that is full or refuses to be written ends a run in a sentence; the same command completes it later."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.given.family import wait_until
from tests.given.image_datasets import write_dataset
from tests.given.run_cli import LIGHT, vlitqa
from tests.given.small_disks import fill, mounted

pytestmark = pytest.mark.slow

FILES = ("measurements.parquet", "scorecard.json", "rejects.jsonl")
DISK_FULL, REFUSED = 3, 2


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("small") / "data", rows=1200, images=20)


@pytest.fixture(scope="module")
def expected(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """What a run without obstacles writes."""
    free = tmp_path_factory.mktemp("free")
    assert vlitqa("score", *LIGHT, dataset, cwd=free).returncode == 0
    return files(free / "runs")


def files(runs: Path) -> list[bytes]:
    (run,) = runs.iterdir()
    return [(run / name).read_bytes() for name in FILES]


def hidden(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob(".*")]


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, said: str) -> None:
    """An error that says what and how to repair, and nothing that a user cannot read."""
    errors = [line for line in done.stderr.splitlines() if " a second" not in line]
    assert done.returncode == code, done.stderr
    assert len(errors) == 2, done.stderr
    assert errors[0].startswith("Error: ")
    assert said in errors[0]


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_a_full_disk_under_the_run_folder(tmp_path: Path, dataset: Path, expected: list[bytes], engine: str) -> None:
    with mounted(tmp_path / "disk", "size=2m") as disk:
        filler = fill(disk, leave=20_000)
        command = ("score", *LIGHT, dataset, "--output", disk / "runs", "--engine", engine)
        done = vlitqa(*command, cwd=tmp_path)
        assert_one_sentence(done, DISK_FULL, "No space is left in")
        assert hidden(disk) == [], "no lock and no temporary file is left"
        filler.unlink()
        assert vlitqa(*command, cwd=tmp_path).returncode == 0
        assert files(disk / "runs") == expected


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_a_full_disk_under_the_cache(tmp_path: Path, dataset: Path, expected: list[bytes], engine: str) -> None:
    with mounted(tmp_path / "disk", "size=8m") as disk:
        filler = fill(disk, leave=300_000)
        command = ("score", *LIGHT, dataset, "--engine", engine)
        done = vlitqa(*command, cwd=tmp_path, VLITQA_CACHE=str(disk / "cache"))
        assert_one_sentence(done, DISK_FULL, "No space is left for the cache")
        assert hidden(tmp_path / "runs") == []
        filler.unlink()
        assert vlitqa(*command, cwd=tmp_path, VLITQA_CACHE=str(disk / "cache")).returncode == 0
        assert files(tmp_path / "runs") == expected


def test_a_disk_too_full_for_any_cache(tmp_path: Path, dataset: Path) -> None:
    with mounted(tmp_path / "disk", "size=8k") as disk:
        done = vlitqa("score", *LIGHT, dataset, cwd=tmp_path, VLITQA_CACHE=str(disk / "cache"))
        assert_one_sentence(done, DISK_FULL, "No space is left for the cache")


@pytest.mark.parametrize("where", ["run folder", "cache"])
def test_a_limit_on_the_size_of_files(tmp_path: Path, dataset: Path, expected: list[bytes], where: str) -> None:
    cache = tmp_path / "cache"
    if where == "run folder":
        assert vlitqa("score", *LIGHT, dataset, "--output", "others", cwd=tmp_path).returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "vlitqa", "score", *LIGHT, dataset],
        cwd=tmp_path,
        env={
            **os.environ,
            "VLITQA_CACHE": str(cache),
            "PYTHONDONTWRITEBYTECODE": "1",
        },  # a limited process would cut byte code off
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert_one_sentence(done, DISK_FULL, "No space is left")
    assert vlitqa("score", *LIGHT, dataset, cwd=tmp_path).returncode == 0
    assert files(tmp_path / "runs") == expected


def test_a_disk_that_may_not_be_written(tmp_path: Path, dataset: Path) -> None:
    with mounted(tmp_path / "disk", "ro") as disk:
        done = vlitqa("score", *LIGHT, dataset, "--output", disk / "runs", cwd=tmp_path)
        assert_one_sentence(done, REFUSED, "Read-only file system")
        done = vlitqa("score", *LIGHT, dataset, cwd=tmp_path, VLITQA_CACHE=str(disk / "cache"))
        assert_one_sentence(done, REFUSED, "Read-only file system")
        assert hidden(tmp_path / "runs") == []


def test_a_folder_that_another_run_writes_to(tmp_path: Path, dataset: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-m", "vlitqa", "score", *LIGHT, dataset],
        cwd=tmp_path,
        env={**os.environ, "VLITQA_CACHE": str(tmp_path / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    locks = (tmp_path / "runs").glob
    wait_until(lambda: any(lock.read_text() for lock in locks("*/.lock")), "the first run holds its folder")
    first.send_signal(signal.SIGSTOP)  # it may not end before the other has begun
    done = vlitqa("score", *LIGHT, dataset, cwd=tmp_path)
    first.send_signal(signal.SIGCONT)
    assert_one_sentence(done, REFUSED, f"Another run (process {first.pid} on")
    assert first.wait() == 0
