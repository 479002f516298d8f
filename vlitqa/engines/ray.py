"""Work on a Ray cluster, which only carries it: what is given out, given back and given up is decided here."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from vlitqa import __version__
from vlitqa.contracts import Outcome, Task, Work
from vlitqa.engines.leases import MAX_FAILED_STARTS, Lease, Leases, supervise
from vlitqa.engines.ray_cluster import connect_ray, gpu_share, import_ray, last_line
from vlitqa.errors import RunError

_WAIT_SECONDS = 1.0
"""After which the crew looks whether a worker is late."""


@dataclass(slots=True)
class RayEngine:
    """Workers on the cluster that RAY_ADDRESS names, where `auto` is the one that runs here; else on this machine."""

    workers: int = 0
    """0 stands for every core of the cluster."""
    _: KW_ONLY
    lease_timeout: float = 600.0
    """Seconds that one lease may take, and that a cluster may take to give the first worker."""
    clock: Callable[[], float] = time.monotonic
    """Tells the seconds by which workers are late."""

    def map(self, work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[list[Outcome]]:
        """Yields the outcomes of each batch, in order; raises RunError where the cluster gives no worker."""
        ray = import_ray()
        with connect_ray(ray, self.workers):
            resources: Mapping[str, float] = ray.cluster_resources()
            self.workers = self.workers or max(1, int(resources.get("CPU", 1)))
            crew = _Crew(self, ray, work, gpu_share(resources.get("GPU", 0), self.workers))
            try:
                crew.start(self.workers)
                yield from supervise(crew, Leases(work), iter(batches))
            finally:
                crew.close()


class _Actor:
    """Does the work in a worker, in the folder in which the run was called, so that paths mean the same."""

    def __init__(self, work: Work, folder: str) -> None:
        os.chdir(folder)
        self._work = work

    def identity(self) -> str:
        return _identity(self._work)

    def measure(self, tasks: Sequence[Task]) -> list[Outcome] | RunError:
        try:
            return self._work(tasks)
        except RunError as error:
            return error


@dataclass(slots=True, kw_only=True)
class _Worker:
    actor: Any
    reply: Any
    """The reply that it owes: the first one only says what it is."""
    since: float
    """The time since when it owes the reply."""
    lease: Lease | None = None
    is_ready: bool = False


class _Crew:
    def __init__(self, engine: RayEngine, ray: ModuleType, work: Work, gpus: float) -> None:
        self._engine, self._ray = engine, ray
        self._work, self._identity = ray.put(work), _identity(work)
        self._actor_class = ray.remote(_Actor).options(  # no restart and no retry: both may repeat for ever what kills
            num_cpus=1, num_gpus=gpus, max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD"
        )
        self._workers: list[_Worker] = []
        self._failed_starts = 0

    def __len__(self) -> int:
        return len(self._workers)

    def start(self, count: int) -> None:
        for _ in range(count):
            actor = self._actor_class.remote(self._work, str(Path.cwd()))
            self._workers.append(_Worker(actor=actor, reply=actor.identity.remote(), since=self._engine.clock()))

    def lend(self, leases: Leases) -> None:
        for worker in self._workers:
            if worker.is_ready and worker.lease is None and (lease := leases.next()):
                worker.lease, worker.since = lease, self._engine.clock()
                worker.reply = worker.actor.measure.remote(lease.tasks)

    def listen(self, leases: Leases) -> None:
        busy = {worker.reply: worker for worker in self._workers if worker.lease or not worker.is_ready}
        replies, _ = self._ray.wait(list(busy), timeout=_WAIT_SECONDS)
        for reply in replies:
            self._hear(busy[reply], leases)
        timeout = self._engine.lease_timeout
        for worker in [worker for worker in self._workers if worker.lease and self._is_late(worker)]:
            self._replace(worker, leases, f"no answer in {timeout:g} s")
        if not any(worker.is_ready for worker in self._workers) and all(map(self._is_late, self._workers)):
            raise RunError(
                f"The Ray cluster gave no worker in {timeout:g} s.", repair="`ray status` says what it has left."
            )

    def close(self) -> None:
        for worker in self._workers:
            self._ray.kill(worker.actor)

    def _hear(self, worker: _Worker, leases: Leases) -> None:
        try:
            reply = self._ray.get(worker.reply)
        except self._ray.exceptions.RayError as error:
            self._replace(worker, leases, type(error).__name__, last_line(error))
            return
        if isinstance(reply, RunError):
            raise reply
        self._failed_starts = 0
        if worker.lease:
            leases.fill(worker.lease, reply)
        elif reply != self._identity:
            raise RunError(
                f"A node of the Ray cluster would measure otherwise: it has {reply}, and here is {self._identity}.",
                repair="Install the same versions on every node, and call vlitqa on one of their kind.",
            )
        worker.is_ready, worker.lease = True, None

    def _is_late(self, worker: _Worker) -> bool:
        return self._engine.clock() - worker.since > self._engine.lease_timeout

    def _replace(self, worker: _Worker, leases: Leases, reason: str, detail: str = "") -> None:
        """Ends a worker, asks for another, and gives its lease back."""
        self._ray.kill(worker.actor)
        if not worker.is_ready:
            self._failed_starts += 1
            if self._failed_starts == MAX_FAILED_STARTS:
                raise RunError(
                    f"A worker cannot start on the Ray cluster ({detail}).",
                    repair="Every node needs vlitqa, and the folder in which the run was called under the same path.",
                )
        self._workers.remove(worker)
        self.start(1)
        if worker.lease:
            leases.give_back(worker.lease, reason)


def _identity(work: Work) -> str:
    """The version and tools of a machine: scores must not depend on the node that made them."""
    return "; ".join(filter(None, (f"vlitqa {__version__}", work.fingerprint())))
