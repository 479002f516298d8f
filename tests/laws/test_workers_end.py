"""No worker outlives the work that it was started for."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.given.datasets import write_dataset
from tests.given.family import alive, descendants, wait_until
from tests.given.troubled_metrics import Troubled, batches
from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import Measured, Outcome, Task
from vlitqa.engines.processes import ProcessEngine
from vlitqa.reader import open_dataset
from vlitqa.records import Reject
from vlitqa.scoring.loop import Means, Plan, measure_dataset
from vlitqa.scoring.work import Scorer

SLEEPERS = """
from tests.given.troubled_metrics import Troubled, batches
from vlitqa.engines.processes import ProcessEngine
from vlitqa.scoring.work import Scorer
from vlitqa.backends.toolbox import Toolbox

pytestmark = pytest.mark.slow

list(ProcessEngine(2).map(Scorer((Troubled("asleep", line=3, marker="MARKER"),), Toolbox()), batches(100)))
"""


def run(metric: Troubled, tasks: Iterator[list[Task]]) -> Iterator[list[Outcome]]:
    return ProcessEngine(2).map(Scorer((metric,), Toolbox()), tasks)


def test_no_worker_is_left_when_all_is_done() -> None:
    for _ in run(Troubled(), batches(100)):
        assert len(multiprocessing.active_children()) == 2
    assert not multiprocessing.active_children()


def test_no_worker_is_left_when_the_reader_of_the_data_fails() -> None:
    def tasks() -> Iterator[list[Task]]:
        yield from batches(100)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(run(Troubled(), tasks()))
    assert not multiprocessing.active_children()


def test_no_worker_is_left_when_the_consumer_stops_while_a_worker_sleeps() -> None:
    outcomes = run(Troubled("asleep", line=9), batches(100))
    with closing(outcomes):  # type: ignore[type-var]  # every engine is a generator
        next(outcomes)
        assert len(multiprocessing.active_children()) == 2
    assert not multiprocessing.active_children()


def test_no_worker_is_left_when_measurements_cannot_be_kept_and_the_error_is(tmp_path: Path) -> None:
    class Broken:
        def add(self, measured: Sequence[Measured]) -> None:
            raise RuntimeError("no room")

        def reject(self, reject: Reject) -> None:
            pass

    dataset = open_dataset(write_dataset(tmp_path / "data", rows=200, images=1))
    means = Means(ProcessEngine(2), lambda *_: None)
    try:
        measure_dataset(dataset, Plan((Troubled(),), Toolbox()), Broken(), means)
    except RuntimeError as error:
        kept = error
    assert str(kept) == "no room"
    assert not multiprocessing.active_children()


def test_no_worker_is_left_when_the_supervisor_is_killed_while_one_sleeps(tmp_path: Path) -> None:
    marker = tmp_path / "asleep"
    supervisor = subprocess.Popen([sys.executable, "-c", SLEEPERS.replace("MARKER", str(marker))])
    try:
        wait_until(marker.exists, "a worker falls asleep")
        family = descendants(supervisor.pid)
        assert len(alive(family)) >= 2
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_until(lambda: not alive(family), "the workers of a killed supervisor end")
