"""Every engine gives the same measurements in the same order, whatever happens to its workers."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.given.datasets import write_dataset
from tests.given.run_quietly import unwatched
from tests.given.troubled_metrics import Refusing, Troubled, Unloadable, batches
from vlitqa.backends.toolbox import Toolbox
from vlitqa.catalogue import METRICS, load_metric
from vlitqa.contracts import Engine, Task
from vlitqa.engines.processes import ProcessEngine
from vlitqa.engines.serial import SerialEngine
from vlitqa.errors import RunError
from vlitqa.results import Measurement, Status
from vlitqa.scoring.job import Request
from vlitqa.scoring.score import RunPlace, score_datasets
from vlitqa.scoring.work import Scorer

pytestmark = pytest.mark.slow

ROWS = 100


def measured(engine: ProcessEngine, metric: Troubled, tasks: Iterable[Sequence[Task]]) -> list[Measurement]:
    found = engine.map(Scorer((metric,), Toolbox()), tasks)
    return [measurement for outcomes in found for (measurement,) in outcomes]


def untroubled(rows: int = ROWS) -> list[Measurement]:
    found = SerialEngine().map(Scorer((Troubled(),), Toolbox()), batches(rows))
    return [measurement for outcomes in found for (measurement,) in outcomes]


def kill_all(number: signal.Signals = signal.SIGKILL) -> int:
    children = [each.pid for each in multiprocessing.active_children() if each.pid]
    for pid in children:
        os.kill(pid, number)
    return len(children)


def test_serial_and_processes_write_the_same_bytes(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "data", rows=300, images=40)
    metrics = tuple(load_metric(name) for name in METRICS)

    def files(engine: Engine, name: str) -> list[bytes]:
        place = RunPlace(tmp_path / name, tmp_path / name / "cache")
        ((_, folder, _),) = score_datasets([dataset], Request(metrics), place, lambda _: engine, unwatched)
        return [(folder / each).read_bytes() for each in ("measurements.parquet", "scorecard.json", "rejects.jsonl")]

    alone = files(SerialEngine(), "serial")
    assert len(alone[0]) > 1000
    assert files(ProcessEngine(1), "one") == alone
    assert files(ProcessEngine(3), "three") == alone


def test_a_record_that_kills_two_workers_is_quarantined_and_every_other_is_measured_in_order() -> None:
    found = measured(ProcessEngine(2), Troubled("killed", line=43), batches(ROWS))
    lost = found[42]
    assert (lost.value, lost.status, lost.record_id, lost.place.row) == (None, Status.WORKER_KILLED, "r42", 42)
    assert lost.reason == "its worker died 2 times (signal 11)"
    assert found[:42] + found[43:] == untroubled()[:42] + untroubled()[43:]


def test_two_deadly_records_in_one_batch_are_both_found() -> None:
    (batch,) = batches(8)
    batch[5] = batch[1]
    found = measured(ProcessEngine(2), Troubled("killed", line=2), [batch])
    assert [at for at, each in enumerate(found) if each.status is Status.WORKER_KILLED] == [1, 5]


def test_workers_killed_from_outside_lose_no_record() -> None:
    found: list[Measurement] = []
    killed = 0
    for number, outcomes in enumerate(ProcessEngine(2).map(Scorer((Troubled(),), Toolbox()), batches(ROWS))):
        found += [measurement for (measurement,) in outcomes]
        if number in (0, 4, 8):
            killed += kill_all()
    assert killed == 6
    assert found == untroubled()


def test_a_worker_killed_while_it_starts_is_replaced() -> None:
    def tasks() -> Iterator[list[Task]]:
        assert kill_all() == 2
        yield from batches(ROWS)

    assert measured(ProcessEngine(2), Troubled(), tasks()) == untroubled()


def test_a_worker_that_sleeps_past_its_patience_is_replaced(tmp_path: Path) -> None:
    once = Troubled("asleep", line=5, marker=str(tmp_path / "slept"))
    assert measured(ProcessEngine(1, patience=1.5), once, batches(ROWS)) == untroubled()
    assert Path(once.marker).exists()


def test_a_record_that_always_sleeps_is_quarantined() -> None:
    found = measured(ProcessEngine(2, patience=1.5), Troubled("asleep", line=1), batches(3, size=1))
    assert [each.status for each in found] == [Status.WORKER_KILLED, Status.OK, Status.OK]


def test_a_worker_that_falls_silent_is_replaced(tmp_path: Path) -> None:
    once = Troubled("stopped", line=5, marker=str(tmp_path / "stopped"))
    assert measured(ProcessEngine(2, silence=5.0), once, batches(ROWS)) == untroubled()
    assert Path(once.marker).exists()


def test_a_worker_that_stops_inside_a_large_message_is_replaced() -> None:
    large = batches(ROWS, padding="x" * 1_000_000)
    found: list[Measurement] = []
    for number, outcomes in enumerate(ProcessEngine(1, silence=5.0).map(Scorer((Troubled(),), Toolbox()), large)):
        found += [measurement for (measurement,) in outcomes]
        if number == 1:
            assert kill_all(signal.SIGSTOP) == 1
    assert found == untroubled()


def test_workers_that_cannot_start_are_an_error_and_no_hang() -> None:
    with pytest.raises(RunError, match=r"cannot start \(exit code 3\)"):
        list(ProcessEngine(2).map(Unloadable(), batches(ROWS)))
    assert not multiprocessing.active_children()


def test_what_ends_a_run_in_a_worker_ends_it_here_too() -> None:
    with pytest.raises(RunError, match="the disk of the worker is full"):
        list(ProcessEngine(2).map(Refusing(), batches(ROWS)))
    assert not multiprocessing.active_children()


def test_batches_that_need_no_work_wait_for_no_worker() -> None:
    empty: list[list[Task]] = [[] for _ in range(50)]
    assert list(ProcessEngine(2).map(Unloadable(), empty)) == [[]] * 50


@pytest.mark.parametrize("workers", [1, 3])
def test_never_more_than_three_batches_a_worker_are_in_flight(workers: int) -> None:
    read = given = 0
    ahead = []

    def tasks() -> Iterator[list[Task]]:
        nonlocal read
        for batch in batches(400):
            read += 1
            ahead.append(read - given)
            yield batch

    for _ in ProcessEngine(workers).map(Scorer((Troubled(),), Toolbox()), tasks()):
        given += 1
    assert given == 50
    assert max(ahead) <= 3 * workers + 1
