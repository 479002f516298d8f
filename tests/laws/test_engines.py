"""Every engine gives the same measurements in the same order, whatever happens to its workers."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.given.clocks import clock_by_log, clock_by_stopped_workers, standing_clock
from tests.given.image_datasets import write_dataset
from tests.given.run_quietly import unwatched
from tests.given.troubled_metrics import Refusing, Troubled, Unloadable, batches, times_logged
from vlitqa.backends.toolbox import Toolbox
from vlitqa.catalogue import METRICS, load_metric
from vlitqa.contracts import Engine, Metric, Task
from vlitqa.engines.processes import ProcessEngine
from vlitqa.engines.serial import SerialEngine
from vlitqa.errors import RunError
from vlitqa.reader import open_dataset
from vlitqa.results import Measurement, Status
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import RunPlace, score_datasets
from vlitqa.scoring.work import Scorer

pytestmark = pytest.mark.slow

ROWS = 100


def measure(engine: Engine, metric: Troubled, tasks: Iterable[Sequence[Task]]) -> list[Measurement]:
    """The measurements of all tasks, in the order in which the engine gives them."""
    batches_of_outcomes = engine.map(Scorer((metric,), Toolbox()), tasks)
    return [measurement for outcomes in batches_of_outcomes for (measurement,) in outcomes]


def untroubled(rows: int = ROWS) -> list[Measurement]:
    """The measurements of rows that bring no trouble."""
    return measure(SerialEngine(), Troubled(), batches(rows))


def signal_workers(number: signal.Signals = signal.SIGKILL) -> int:
    """Sends a signal to every worker that runs, and counts them."""
    pids = [worker.pid for worker in multiprocessing.active_children() if worker.pid]
    for pid in pids:
        os.kill(pid, number)
    return len(pids)


def test_serial_and_processes_write_the_same_bytes(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "data", rows=150, images=40)
    every_metric = tuple(load_metric(name) for name in METRICS)
    light = tuple(metric for metric in every_metric if not metric.card.tools)  # each worker loads the tools of the rest

    def files(engine: Engine, name: str, metrics: tuple[Metric, ...] = every_metric) -> list[bytes]:
        place = RunPlace(tmp_path / name, tmp_path / name / "cache")
        request = ScoreRequest(metrics=metrics)
        ((_, folder, _),) = score_datasets([open_dataset(dataset)], request, place, lambda **_: engine, unwatched)
        return [(folder / file).read_bytes() for file in ("measurements.parquet", "scorecard.json", "rejects.jsonl")]

    serial = files(SerialEngine(), "serial")
    assert len(serial[0]) > 1000
    assert files(ProcessEngine(2), "two") == serial
    serial_light = files(SerialEngine(), "serial and light", light)
    assert files(ProcessEngine(1), "one and light", light) == serial_light
    assert files(ProcessEngine(3), "three and light", light) == serial_light


def test_a_record_that_kills_two_workers_is_quarantined_and_every_other_is_measured_in_order() -> None:
    measurements = measure(ProcessEngine(2), Troubled("killed", line=43), batches(ROWS))
    lost = measurements[42]
    assert (lost.value, lost.status, lost.record_id, lost.place.row) == (None, Status.WORKER_KILLED, "r42", 42)
    assert lost.reason == "its worker died 2 times (signal 11)"
    assert measurements[:42] + measurements[43:] == untroubled()[:42] + untroubled()[43:]


def test_two_deadly_records_in_one_batch_are_both_found() -> None:
    (batch,) = batches(8)
    batch[5] = batch[1]
    measurements = measure(ProcessEngine(2), Troubled("killed", line=2), [batch])
    statuses = [measurement.status for measurement in measurements]
    assert [row for row, status in enumerate(statuses) if status is Status.WORKER_KILLED] == [1, 5]


def test_workers_killed_from_outside_lose_no_record() -> None:
    measurements: list[Measurement] = []
    rounds = 0
    for outcomes in ProcessEngine(2).map(Scorer((Troubled(),), Toolbox()), batches(4 * ROWS)):
        measurements += [measurement for (measurement,) in outcomes]
        if rounds < 3 and len(multiprocessing.active_children()) == 2:
            rounds += 1
            assert signal_workers() == 2
    assert rounds == 3
    assert measurements == untroubled(4 * ROWS)


def test_a_worker_killed_while_it_starts_is_replaced() -> None:
    def tasks() -> Iterator[list[Task]]:
        assert signal_workers() == 2
        yield from batches(ROWS)

    assert measure(ProcessEngine(2), Troubled(), tasks()) == untroubled()


def test_a_worker_that_sleeps_past_its_timeout_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "slept"
    engine = ProcessEngine(1, clock=clock_by_log(log))
    assert measure(engine, Troubled("asleep", line=5, log=str(log), once=True), batches(ROWS)) == untroubled()
    assert times_logged(log) == 1


def test_a_record_that_always_sleeps_is_quarantined(tmp_path: Path) -> None:
    log = tmp_path / "slept"
    engine = ProcessEngine(1, clock=clock_by_log(log))
    measurements = measure(engine, Troubled("asleep", line=1, log=str(log)), batches(3, size=1))
    assert [measurement.status for measurement in measurements] == [Status.WORKER_KILLED, Status.OK, Status.OK]
    assert times_logged(log) == 2


def test_a_worker_that_falls_silent_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "stopped"
    engine = ProcessEngine(2, clock=clock_by_stopped_workers())
    assert measure(engine, Troubled("stopped", line=5, log=str(log), once=True), batches(ROWS)) == untroubled()
    assert times_logged(log) == 1


def test_a_worker_that_stops_inside_a_large_message_is_replaced() -> None:
    large = batches(ROWS, padding="x" * 1_000_000)
    engine = ProcessEngine(1, heartbeat_timeout=5.0, clock=standing_clock)  # only a message can take too long
    measurements: list[Measurement] = []
    for number, outcomes in enumerate(engine.map(Scorer((Troubled(),), Toolbox()), large)):
        measurements += [measurement for (measurement,) in outcomes]
        if number == 1:
            assert signal_workers(signal.SIGSTOP) == 1
    assert measurements == untroubled()


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
    started = finished = 0
    in_flight = []

    def tasks() -> Iterator[list[Task]]:
        nonlocal started
        for batch in batches(400):
            started += 1
            in_flight.append(started - finished)
            yield batch

    for _ in ProcessEngine(workers).map(Scorer((Troubled(),), Toolbox()), tasks()):
        finished += 1
    assert finished == 50
    assert max(in_flight) <= 3 * workers + 1
