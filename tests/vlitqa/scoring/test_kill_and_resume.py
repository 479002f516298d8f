"""A run that is killed again and again ends with the bytes of a run that was left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.given.family import started_with, wait_until
from tests.given.image_datasets import write_dataset
from tests.given.run_cli import LIGHT
from tests.given.run_progress import cached_measurements, has_begun, inode_of

pytestmark = pytest.mark.slow

ROWS, IMAGES, KILLS = 1500, 100, 14
FILES = ("measurements.parquet", "labels.parquet", "scorecard.json", "run.json", "gallery.parquet")
"""The files of a run, in the order in which it writes them."""
Moment = Callable[[], bool]


def start(folder: Path, dataset: Path, engine: str) -> subprocess.Popen[bytes]:
    """Starts `vlitqa score` with runs and cache of its own in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "vlitqa", "score", *LIGHT, str(dataset), "--engine", engine, "--workers=2", "--json"],
        cwd=folder,
        env={**os.environ, "VLITQA_CACHE": str(folder / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finish(folder: Path, dataset: Path, engine: str) -> Path:
    """Lets a run end, and gives its folder."""
    process = start(folder, dataset, engine)
    assert process.wait() == 0
    (run,) = (folder / "runs").iterdir()
    return run


def moments(folder: Path, measurements: int) -> Iterator[Moment]:
    """When to kill: as a run begins, at many a share of its measurements, and when each of its files is written."""
    yield partial(has_begun, folder)
    shares = KILLS - 2 - len(FILES)
    for number in range(1, shares + 1):
        enough = measurements * number // (shares + 1)
        yield lambda enough=enough: cached_measurements(folder) >= enough
    yield partial(has_begun, folder)
    for name in FILES:
        before = inode_of(folder, name)
        yield lambda name=name, before=before: inode_of(folder, name) not in (0, before)


def is_killed(folder: Path, dataset: Path, engine: str, moment: Moment) -> bool:
    """Kills a run at a moment; False if it ended first. No worker may outlive it."""
    process = start(folder, dataset, engine)
    wait_until(lambda: moment() or process.poll() is not None, "the run reaches its moment")
    process.kill()
    in_time = process.wait() != 0
    wait_until(lambda: not started_with(str(folder / "cache")), "the workers of a killed run end")
    return in_time


def from_cache(run: Path) -> int:
    """The measurements that a run took from the cache."""
    return int(json.loads((run / "run.json").read_bytes())["from_cache"])


@pytest.mark.timeout(1_200)
def test_fourteen_kills_change_no_byte(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "data", rows=ROWS, images=IMAGES)
    calm, stormy = tmp_path / "calm", tmp_path / "stormy"
    calm.mkdir()
    stormy.mkdir()
    expected = finish(calm, dataset, "serial")
    assert from_cache(expected) == 0

    hits = [
        is_killed(stormy, dataset, ("serial", "processes")[number % 2], moment)
        for number, moment in enumerate(moments(stormy, cached_measurements(calm)))
    ]
    assert len(hits) == KILLS
    assert sum(hits) > KILLS / 2, "most kills came too late to prove anything"

    run = finish(stormy, dataset, "processes")
    assert from_cache(run) > 0
    assert {file.name for file in run.iterdir()} == {file.name for file in expected.iterdir()}
    for name in ("measurements.parquet", "scorecard.json", "rejects.jsonl", "gallery.parquet"):
        assert (run / name).read_bytes() == (expected / name).read_bytes(), name
    assert not [*run.glob(".*")], "a lock or a temporary file was left"
