"""Scoring on cores that others use too: threads as vlitqa chooses them, and a thread for each core (`make speed`)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.speed.test_speed import show
from vlitqa.engines.cores import available_cores
from vlitqa.engines.threads import COUNTS, WAITING

pytestmark = [pytest.mark.speed, pytest.mark.timeout(3_600)]

ROOT = Path(__file__).resolve().parents[2]
RECORDS = 24
CHOSEN = "from vlitqa.cli import main; main()"
ALL_CORES = """
import contextlib
from vlitqa.engines import threads
@contextlib.contextmanager
def unchanged():
    yield
threads.one_thread, threads.limit_threads = unchanged, lambda: None
from vlitqa.cli import main
main()
"""
"""Every library takes all cores, and its threads spin: what a process does that chooses nothing."""


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Other processes that each want a core."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def scored(folder: Path, program: str) -> tuple[float, bytes]:
    """The seconds that scoring takes, and the measurements."""
    folder.mkdir()
    silent = {name: value for name, value in os.environ.items() if name not in (*COUNTS, *WAITING)}
    command = [sys.executable, "-c", program, "score", str(ROOT / "examples" / "shapes" / "dataset.jsonl")]
    started = monotonic()
    subprocess.run(
        [*command, "--limit", str(RECORDS), "--engine", "serial", "--json"],
        cwd=folder,
        env={**silent, "VLITQA_CACHE": str(folder / "cache")},
        capture_output=True,
        check=True,
    )
    seconds = monotonic() - started
    (measurements,) = folder.glob("runs/*/measurements.parquet")
    return seconds, measurements.read_bytes()


def test_scoring_beside_busy_loops_does_not_wait_for_threads_that_spin(tmp_path: Path) -> None:
    pytest.importorskip("open_clip", reason="pip install 'vlitqa[models]'")
    cores = available_cores()
    with busy_loops(cores):
        chosen, ours = scored(tmp_path / "chosen", CHOSEN)
        all_cores, _ = scored(tmp_path / "all", ALL_CORES)
    alone, the_same = scored(tmp_path / "alone", CHOSEN)
    show(
        f"{RECORDS} records of the example with every metric, beside {cores} busy loops on {cores} cores",
        ("threads as chosen", f"{chosen:.1f} s"),
        ("a thread for each core", f"{all_cores:.1f} s"),
        ("times as long", f"{all_cores / chosen:.2f}"),
        ("threads as chosen, with no other work", f"{alone:.1f} s"),
    )
    assert ours == the_same
    if cores > 1:
        assert all_cores > 1.5 * chosen
