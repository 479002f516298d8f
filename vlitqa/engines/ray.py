"""Work on a Ray cluster, which only carries it: what is given out, given back and given up is decided here."""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vlitqa import __version__
from vlitqa.contracts import Outcome, Task, Work
from vlitqa.engines.cores import available_cores
from vlitqa.engines.leases import BARREN_STARTS, Lease, Leases, supervised
from vlitqa.engines.threads import limited_children
from vlitqa.errors import RunError, ToolMissing

_ADDRESS = "RAY_ADDRESS"
if os.environ.get(_ADDRESS, "") in (
    "",
    "local",
):  # Ray reads this when it is imported, and then listens on the loopback device alone
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
try:
    import ray
    from ray.exceptions import RayError
except ImportError:
    raise ToolMissing("--engine ray needs the package ray.", repair="pip install 'vlitqa[ray]'") from None

_GLANCE = 1.0
"""Seconds after which the crew looks whether a worker is late."""
_KNOCK = 10.0
"""Seconds in which a cluster must answer."""


@dataclass(slots=True)
class RayEngine:
    """Workers on the cluster that RAY_ADDRESS names, where `auto` is the one that runs here; else on this machine."""

    workers: int = 0
    """0 stands for every core of the cluster."""
    patience: float = 600.0
    """Seconds that one lease may take, and that a cluster may take to give the first worker."""

    def map(self, work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[list[Outcome]]:
        with _connected(self.workers):
            resources: Mapping[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
            self.workers = self.workers or max(1, int(resources.get("CPU", 1)))
            gpus = resources.get("GPU", 0)
            share = 1 / math.ceil(self.workers / gpus) if gpus else 0.0  # so many share one that all find room
            crew = _Crew(work, self.patience, share)
            try:
                crew.start(self.workers)
                yield from supervised(crew, Leases(work), iter(batches))
            finally:
                crew.close()


class _Hand:
    """What runs in a worker: the work, in the folder in which the run was called, so that paths mean the same."""

    def __init__(self, work: Work, folder: str) -> None:
        os.chdir(folder)
        self._work = work

    def identity(self) -> str:
        return _identity(self._work)

    def do(self, tasks: Sequence[Task]) -> list[Outcome] | RunError:
        try:
            return self._work(tasks)
        except RunError as error:
            return error


@dataclass(slots=True)
class _Worker:
    hand: Any
    promise: Any
    """What it does now: at first it only says what it is."""
    lease: Lease | None = None
    ready: bool = False
    since: float = field(default_factory=time.monotonic)


class _Crew:
    def __init__(self, work: Work, patience: float, gpus: float) -> None:
        self._work, self._patience, self._identity = ray.put(work), patience, _identity(work)
        self._hand = ray.remote(_Hand).options(  # no restart and no retry: both may repeat for ever what kills
            num_cpus=1, num_gpus=gpus, max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD"
        )
        self._workers: list[_Worker] = []
        self._barren = 0

    def __len__(self) -> int:
        return len(self._workers)

    def start(self, count: int) -> None:
        for _ in range(count):
            hand: Any = self._hand.remote(self._work, str(Path.cwd()))
            self._workers.append(_Worker(hand, hand.identity.remote()))

    def lend(self, leases: Leases) -> None:
        for worker in self._workers:
            if worker.ready and worker.lease is None and (lease := leases.next()):
                worker.lease, worker.since = lease, time.monotonic()
                worker.promise = worker.hand.do.remote(lease.tasks)

    def listen(self, leases: Leases) -> None:
        busy = {worker.promise: worker for worker in self._workers if worker.lease or not worker.ready}
        kept, _ = ray.wait(list(busy), timeout=_GLANCE)
        for promise in kept:
            self._hear(busy[promise], leases)
        for worker in [each for each in self._workers if each.lease and self._is_late(each)]:
            self._replace(worker, leases, f"no answer in {self._patience:g} s")
        if not any(worker.ready for worker in self._workers) and all(map(self._is_late, self._workers)):
            raise RunError(
                f"The Ray cluster gave no worker in {self._patience:g} s.", repair="`ray status` says what it has left."
            )

    def close(self) -> None:
        for worker in self._workers:
            ray.kill(worker.hand)

    def _hear(self, worker: _Worker, leases: Leases) -> None:
        try:
            answer = ray.get(worker.promise)
        except RayError as error:
            self._replace(worker, leases, type(error).__name__, _last_line(error))
            return
        if isinstance(answer, RunError):
            raise answer
        self._barren = 0
        if worker.lease:
            leases.fill(worker.lease, answer)
        elif answer != self._identity:
            raise RunError(
                f"A node of the Ray cluster would measure otherwise: it has {answer}, and here is {self._identity}.",
                repair="Install the same versions on every node, and call vlitqa on one of their kind.",
            )
        worker.ready, worker.lease = True, None

    def _is_late(self, worker: _Worker) -> bool:
        return time.monotonic() - worker.since > self._patience

    def _replace(self, worker: _Worker, leases: Leases, why: str, detail: str = "") -> None:
        """Ends a worker, asks for another, and gives its lease back."""
        ray.kill(worker.hand)
        if not worker.ready:
            self._barren += 1
            if self._barren == BARREN_STARTS:
                raise RunError(
                    f"A worker cannot start on the Ray cluster ({detail}).",
                    repair="Every node needs vlitqa, and the folder in which the run was called under the same path.",
                )
        self._workers.remove(worker)
        self.start(1)
        if worker.lease:
            leases.give_back(worker.lease, why)


def _identity(work: Work) -> str:
    """What results hang on that a machine has: scores must not depend on the node that made them."""
    return "; ".join(filter(None, (f"vlitqa {__version__}", work.stamp())))


@contextmanager
def _connected(workers: int) -> Iterator[None]:
    """Meanwhile a cluster is at hand: that of the caller, of the user, or one that this machine keeps to itself."""
    if ray.is_initialized():
        yield
        return
    with redirect_stdout(sys.stderr):  # where Ray's own words belong: what we print may be read by a program
        try:
            with _own_signals():
                _connect(workers)
            yield
        finally:
            ray.shutdown()


@contextmanager
def _own_signals() -> Iterator[None]:
    """Meanwhile nobody changes what this process does on SIGTERM: Ray would let it exit wherever it stands."""
    change: Any = signal.signal
    ours = signal.getsignal(signal.SIGTERM)

    def changed(number: Any, handler: Any) -> Any:
        return signal.getsignal(number) if number == signal.SIGTERM else change(number, handler)

    signal.signal = changed  # type: ignore[assignment]
    try:
        yield
    finally:
        signal.signal = change
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)  # Ray's native code has put itself before it


def _connect(workers: int) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    address = os.environ.get(_ADDRESS)
    if address in (None, "", "local"):
        with limited_children(workers or available_cores()):  # which its workers inherit
            ray.init(address="local", include_dashboard=False, num_cpus=workers or None, **quiet)
        return
    try:
        _knock(address)
        ray.init(address=address, **quiet)
    except (OSError, RayError, RuntimeError, ValueError) as error:
        raise RunError(
            f"No Ray cluster answers at {address} ({_last_line(error)}).",
            repair=f"Start it, or unset {_ADDRESS} to use this machine alone.",
        ) from None


def _knock(address: str) -> None:
    """Raises OSError where nothing listens at HOST:PORT; Ray would go on trying for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK).close()


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip()[:200] if lines else type(error).__name__
