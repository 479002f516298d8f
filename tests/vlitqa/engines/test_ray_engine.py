"""A Ray cluster gives what one process gives, whatever becomes of its nodes and workers."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.given.clocks import clock_by_log
from tests.given.family import descendants
from tests.given.image_datasets import write_dataset
from tests.given.run_cli import vlitqa
from tests.given.run_quietly import unwatched
from tests.given.troubled_metrics import Refusing, Troubled, Unloadable, batches, times_logged
from tests.laws.test_engines import measure, untroubled
from vlitqa.backends.toolbox import Toolbox
from vlitqa.catalogue import load_metric, metrics_named
from vlitqa.contracts import Engine
from vlitqa.engines.ray import RayEngine
from vlitqa.engines.ray_cluster import import_ray
from vlitqa.engines.serial import SerialEngine
from vlitqa.errors import RunError
from vlitqa.reader import open_dataset
from vlitqa.results import Measurement, Status
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import RunPlace, score_datasets
from vlitqa.scoring.work import Scorer

pytestmark = pytest.mark.cluster
ROWS = 1_000
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F"}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two nodes of one core each."""
    import_ray()  # first, because Ray must know that it listens on the loopback device alone
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        nodes.add_node(num_cpus=1)
        monkeypatch.setenv("RAY_ADDRESS", nodes.address)
        yield nodes
    finally:
        nodes.shutdown()


@pytest.mark.usefixtures("cluster")
def test_a_cluster_of_two_nodes_writes_the_bytes_that_one_process_writes(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "data", rows=300, images=40)
    metrics = tuple(load_metric(name) for name in metrics_named("light"))

    def files(engine: Engine, name: str) -> list[bytes]:
        place = RunPlace(tmp_path / name, tmp_path / name / "cache")
        request = ScoreRequest(metrics=metrics)
        ((_, folder, _),) = score_datasets([open_dataset(dataset)], request, place, lambda **_: engine, unwatched)
        return [(folder / file).read_bytes() for file in ("measurements.parquet", "scorecard.json", "rejects.jsonl")]

    assert files(RayEngine(2), "ray") == files(SerialEngine(), "serial")


def test_neither_a_killed_node_nor_a_deadly_row_changes_more_than_that_row(cluster: Any) -> None:
    measurements: list[Measurement] = []
    work = Scorer((Troubled("killed", line=43),), Toolbox())
    for number, outcomes in enumerate(RayEngine(2).map(work, batches(ROWS))):
        measurements += [measurement for (measurement,) in outcomes]
        if number == ROWS // 16:
            cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
    lost = measurements[42]
    assert (lost.status, lost.reason) == (Status.WORKER_KILLED, "its worker died 2 times (ActorDiedError)")
    assert measurements[:42] + measurements[43:] == untroubled(ROWS)[:42] + untroubled(ROWS)[43:]


def test_a_machine_of_its_own_listens_to_nobody_else_and_keeps_what_sigterm_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    measurements: list[Measurement] = []
    addresses: set[str] = set()
    for outcomes in RayEngine(2).map(Scorer((Troubled(),), Toolbox()), batches(ROWS)):
        measurements += [measurement for (measurement,) in outcomes]
        addresses = addresses or listening_addresses(descendants(os.getpid()))
    assert measurements == untroubled(ROWS)
    assert addresses
    assert addresses <= LOOPBACK
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_row_that_always_sleeps_is_quarantined(tmp_path: Path) -> None:
    log = tmp_path / "slept"
    engine = RayEngine(1, clock=clock_by_log(log))
    measurements = measure(engine, Troubled("asleep", line=1, log=str(log)), batches(3, size=1))
    assert [measurement.status for measurement in measurements] == [Status.WORKER_KILLED, Status.OK, Status.OK]
    assert measurements[0].reason == "its worker died 2 times (no answer in 600 s)"
    assert times_logged(log) == 2


def test_what_ends_a_run_in_a_worker_ends_it_here_too() -> None:
    with pytest.raises(RunError, match="the disk of the worker is full"):
        list(RayEngine(1).map(Refusing(), batches(10)))


def test_workers_that_cannot_start_are_an_error_and_no_hang() -> None:
    with pytest.raises(RunError, match="cannot start on the Ray cluster"):
        list(RayEngine(1).map(Unloadable(), batches(10)))


def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import_ray()  # first, because a process that imports it beside an address listens to others from then on
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    with pytest.raises(RunError, match=r"No Ray cluster answers at 127\.0\.0\.1:9 "):
        list(RayEngine(1).map(Unloadable(), batches(10)))


def test_only_results_are_printed_to_standard_output(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "data", rows=100, images=5)
    done = vlitqa("check", "--engine", "ray", "--json", dataset, cwd=tmp_path)
    assert json.loads(done.stdout) == json.loads(vlitqa("check", "--json", dataset, cwd=tmp_path).stdout)


def listening_addresses(pids: set[int]) -> set[str]:
    """The addresses, as /proc writes them, on which processes wait for others to connect."""
    sockets = {f"socket:[{inode}]": address for inode, address in _listening_sockets()}
    links = (link for pid in pids for link in _open_files(pid))
    return {sockets[link] for link in links if link in sockets}


def _listening_sockets() -> Iterator[tuple[str, str]]:
    """Inode and local address of every socket of this machine that listens."""
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                yield fields[9], fields[1].partition(":")[0]


def _open_files(pid: int) -> list[str]:
    try:
        return [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []
