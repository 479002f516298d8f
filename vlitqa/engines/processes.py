"""Work in several processes under a supervisor that loses no record when one of them dies."""

from __future__ import annotations

import multiprocessing
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from vlitqa.contracts import Outcome, Task, Work
from vlitqa.engines.interrupts import hold_signals
from vlitqa.engines.leases import MAX_FAILED_STARTS, Lease, Leases, supervise
from vlitqa.engines.main_module import hide_main_module
from vlitqa.engines.threads import limited_children
from vlitqa.engines.worker import HEARTBEAT_SECONDS, OUTCOMES, RUN_ERROR, serve
from vlitqa.errors import RunError

_FAREWELL_SECONDS = 1.0
"""Time in which idle workers end by themselves."""


@dataclass(frozen=True, slots=True)
class ProcessEngine:
    """Several worker processes and their supervisor."""

    workers: int = 2
    _: KW_ONLY
    heartbeat_timeout: float = 30 * HEARTBEAT_SECONDS
    """Seconds without a heartbeat after which a worker counts as dead."""
    lease_timeout: float = 600.0
    """Seconds that one lease may take."""
    clock: Callable[[], float] = time.monotonic
    """Tells the seconds by which workers are late."""

    def map(self, work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[list[Outcome]]:
        """Yields the outcomes of each batch, in order; raises RunError where no worker can start."""
        crew = _Crew(self, work)
        try:
            crew.start()
            yield from supervise(crew, Leases(work), iter(batches))
        finally:
            crew.close()


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: BaseProcess
    connection: Connection[Sequence[Task], tuple[str, Any]]
    heard_at: float
    leased_at: float = 0.0
    lease: Lease | None = None
    is_ready: bool = False


class _Crew:
    def __init__(self, engine: ProcessEngine, work: Work) -> None:
        self._engine, self._work = engine, work
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._failed_starts = 0

    def __len__(self) -> int:
        return len(self._workers)

    def start(self) -> None:
        for _ in range(max(1, self._engine.workers)):
            self._start_worker()

    def lend(self, leases: Leases) -> None:
        for worker in list(self._workers):
            if worker.is_ready and worker.lease is None and (lease := leases.next()):
                worker.lease = lease
                worker.leased_at = worker.heard_at = self._engine.clock()
                try:
                    worker.connection.send(lease.tasks)
                except OSError:
                    self._replace(worker, leases)

    def listen(self, leases: Leases) -> None:
        speaking = wait([worker.connection for worker in self._workers], timeout=HEARTBEAT_SECONDS)
        for worker in [worker for worker in self._workers if worker.connection in speaking]:
            self._hear(worker, leases)
        for worker in [worker for worker in self._workers if self._is_late(worker)]:
            self._replace(worker, leases)

    def close(self) -> None:
        for worker in self._workers:
            worker.connection.close()
        deadline = time.monotonic() + _FAREWELL_SECONDS
        for worker in self._workers:
            worker.process.join(timeout=max(0.0, deadline - time.monotonic()))
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()

    def _start_worker(self) -> None:
        """Adds a worker that hears neither ctrl-C nor SIGTERM: the supervisor alone decides when to stop."""
        resource_tracker.ensure_running()  # first, because its own start lets ctrl-C through again
        try:
            with hold_signals(), limited_children(self._engine.workers), hide_main_module():
                ours, theirs = self._context.Pipe()
                _limit_waiting(ours, self._engine.heartbeat_timeout)
                process = self._context.Process(target=serve, args=(theirs, self._work), daemon=True)
                process.start()
                theirs.close()
                self._workers.append(_Worker(process=process, connection=ours, heard_at=self._engine.clock()))
        except OSError as error:
            raise RunError(
                f"A worker process cannot start ({error.strerror}).", repair="Try fewer: --workers, or --engine serial."
            ) from None

    def _hear(self, worker: _Worker, leases: Leases) -> None:
        try:
            while worker.connection.poll():
                kind, outcomes = worker.connection.recv()
                worker.heard_at, worker.is_ready, self._failed_starts = self._engine.clock(), True, 0
                if kind == RUN_ERROR:
                    raise outcomes
                if kind == OUTCOMES and worker.lease:
                    leases.fill(worker.lease, outcomes)
                    worker.lease = None
        except (EOFError, OSError):
            self._replace(worker, leases)

    def _is_late(self, worker: _Worker) -> bool:
        now = self._engine.clock()
        overstays = worker.lease is not None and now - worker.leased_at > self._engine.lease_timeout
        return overstays or now - worker.heard_at > self._engine.heartbeat_timeout

    def _replace(self, worker: _Worker, leases: Leases) -> None:
        """Buries a worker, starts another, and gives its lease back."""
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
        cause = _cause_of_death(worker.process.exitcode)
        if not worker.is_ready:
            self._failed_starts += 1
            if self._failed_starts == MAX_FAILED_STARTS:
                raise RunError(f"A worker process cannot start ({cause}).", repair="Try --engine serial to see why.")
        self._workers.remove(worker)
        self._start_worker()
        if worker.lease:
            leases.give_back(worker.lease, cause)


def _limit_waiting(connection: Connection[Any, Any], seconds: float) -> None:
    """Lets a read or write fail after so long: a worker that stops inside a message must not stop its supervisor."""
    timeout = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
    with socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)


def _cause_of_death(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
