"""A run that is killed again and again ends with the bytes of a run that was left alone."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.given.datasets import write_dataset
from tests.given.family import started_with, wait_until
from tests.given.run_cli import LIGHT

pytestmark = pytest.mark.slow

ROWS, IMAGES, KILLS, SEED = 4000, 300, 30, 20


def started(folder: Path, dataset: Path, engine: str) -> subprocess.Popen[bytes]:
    """`vlitqa score` with runs and cache of its own in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "vlitqa", "score", *LIGHT, str(dataset), "--engine", engine, "--workers=2", "--json"],
        cwd=folder,
        env={**os.environ, "VLITQA_CACHE": str(folder / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finished(folder: Path, dataset: Path, engine: str) -> Path:
    """The run folder of a run that nobody stops."""
    process = started(folder, dataset, engine)
    assert process.wait() == 0
    (run,) = (folder / "runs").iterdir()
    return run


def killed(folder: Path, dataset: Path, engine: str, after: float) -> bool:
    """Whether the kill, so many seconds after the start, came before the end; no worker may outlive it."""
    process = started(folder, dataset, engine)
    time.sleep(after)
    process.kill()
    in_time = process.wait() != 0
    wait_until(lambda: not started_with(str(folder / "cache")), "the workers of a killed run end")
    return in_time


def from_cache(run: Path) -> int:
    return int(json.loads((run / "run.json").read_bytes())["from_cache"])


def test_thirty_kills_change_no_byte(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "data", rows=ROWS, images=IMAGES)
    calm, stormy = tmp_path / "calm", tmp_path / "stormy"
    calm.mkdir()
    stormy.mkdir()
    expected = finished(calm, dataset, "serial")
    assert from_cache(expected) == 0
    clock = time.monotonic()
    finished(calm, dataset, "serial")
    shortest = time.monotonic() - clock  # with everything in the cache

    moments = random.Random(SEED)
    hits = 0
    for number in range(KILLS):
        engine = ("serial", "processes")[number % 2]
        hits += killed(stormy, dataset, engine, moments.uniform(0.0, shortest))
    assert hits > KILLS / 2, "most kills came too late to prove anything"

    found = finished(stormy, dataset, "processes")
    assert from_cache(found) > 0
    assert {file.name for file in found.iterdir()} == {file.name for file in expected.iterdir()}
    for name in ("measurements.parquet", "scorecard.json", "rejects.jsonl", "gallery.parquet"):
        assert (found / name).read_bytes() == (expected / name).read_bytes(), name
    assert not [*found.glob(".*")], "a lock or a temporary file was left"
