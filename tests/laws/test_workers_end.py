"""No worker outlives the work that it was started for."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.given.family import alive, descendants, wait_until
from tests.given.image_datasets import write_dataset
from tests.given.troubled_metrics import Troubled, batches
from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import Measured, Outcome, Task
from vlitqa.engines.processes import ProcessEngine
from vlitqa.reader import open_dataset
from vlitqa.records import Reject
from vlitqa.scoring.loop import measure_dataset
from vlitqa.scoring.plan import Plan, RunResources
from vlitqa.scoring.work import Scorer

pytestmark = pytest.mark.slow

SLEEPERS = """
from tests.given.troubled_metrics import Troubled, batches
from vlitqa.engines.processes import ProcessEngine
from vlitqa.scoring.work import Scorer
from vlitqa.backends.toolbox import Toolbox

list(ProcessEngine(2).map(Scorer((Troubled("asleep", line=3, log="LOG"),), Toolbox()), batches(100)))
"""


def outcomes_of(metric: Troubled, tasks: Iterator[list[Task]]) -> Iterator[list[Outcome]]:
    """The outcomes of two workers, batch by batch."""
    return ProcessEngine(2).map(Scorer((metric,), Toolbox()), tasks)


def test_no_worker_is_left_when_all_is_done() -> None:
    for _ in outcomes_of(Troubled(), batches(100)):
        assert len(multiprocessing.active_children()) == 2
    assert not multiprocessing.active_children()


def test_no_worker_is_left_when_the_reader_of_the_data_fails() -> None:
    def tasks() -> Iterator[list[Task]]:
        yield from batches(100)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(outcomes_of(Troubled(), tasks()))
    assert not multiprocessing.active_children()


def test_no_worker_is_left_when_the_consumer_stops_while_a_worker_sleeps() -> None:
    outcomes = outcomes_of(Troubled("asleep", line=9), batches(100))
    with closing(outcomes):  # type: ignore[type-var]  # every engine is a generator
        next(outcomes)
        assert len(multiprocessing.active_children()) == 2
    assert not multiprocessing.active_children()


def test_no_worker_is_left_when_measurements_cannot_be_kept_and_the_error_is(tmp_path: Path) -> None:
    class Broken:
        def add(self, _measured: Sequence[Measured]) -> None:
            raise RuntimeError("no room")

        def reject(self, _reject: Reject) -> None:
            """Takes it."""

    dataset = open_dataset(write_dataset(tmp_path / "data", rows=200, images=1))
    resources = RunResources(ProcessEngine(2), lambda *_: None)
    with pytest.raises(RuntimeError, match="no room") as caught:
        measure_dataset(dataset, Plan(metrics=(Troubled(),), toolbox=Toolbox()), Broken(), resources)
    assert not multiprocessing.active_children()
    assert caught.value.__traceback__, "the error still holds the frames that it passed"


def test_no_worker_is_left_when_the_supervisor_is_killed_while_one_sleeps(tmp_path: Path) -> None:
    log = tmp_path / "asleep"
    supervisor = subprocess.Popen([sys.executable, "-c", SLEEPERS.replace("LOG", str(log))])
    try:
        wait_until(log.exists, "a worker falls asleep")
        family = descendants(supervisor.pid)
        assert len(alive(family)) >= 2
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_until(lambda: not alive(family), "the workers of a killed supervisor end")
