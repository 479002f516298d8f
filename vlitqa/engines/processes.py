"""Work in several processes under a supervisor that loses no record when one of them dies."""

from __future__ import annotations

import multiprocessing
import os
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import Any

from vlitqa.contracts import Outcome, Task, Work
from vlitqa.engines.interrupts import held_back
from vlitqa.engines.leases import BARREN_STARTS, Lease, Leases, supervised
from vlitqa.engines.threads import limited_children
from vlitqa.engines.worker import BEAT_SECONDS, DONE, STOP, serve
from vlitqa.errors import RunError

_FAREWELL = 1.0
"""Seconds in which idle workers end by themselves."""


@dataclass(frozen=True, slots=True)
class ProcessEngine:
    """Several worker processes and their supervisor."""

    workers: int = 2
    silence: float = 30 * BEAT_SECONDS
    """Seconds without a beat after which a worker counts as dead."""
    patience: float = 600.0
    """Seconds that one lease may take."""

    def map(self, work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[list[Outcome]]:
        crew = _Crew(self, work)
        try:
            crew.start()
            yield from supervised(crew, Leases(work), iter(batches))
        finally:
            crew.close()


@dataclass(slots=True)
class _Worker:
    process: Any
    connection: Any
    lease: Lease | None = None
    ready: bool = False
    heard: float = field(default_factory=time.monotonic)
    leased: float = 0.0


class _Crew:
    def __init__(self, engine: ProcessEngine, work: Work) -> None:
        self._engine, self._work = engine, work
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._barren = 0

    def __len__(self) -> int:
        return len(self._workers)

    def start(self) -> None:
        for _ in range(max(1, self._engine.workers)):
            self._start()

    def lend(self, leases: Leases) -> None:
        for worker in list(self._workers):
            if worker.ready and worker.lease is None and (lease := leases.next()):
                worker.lease = lease
                worker.leased = worker.heard = time.monotonic()
                try:
                    worker.connection.send(lease.tasks)
                except OSError:
                    self._replace(worker, leases)

    def listen(self, leases: Leases) -> None:
        speaking = wait([worker.connection for worker in self._workers], timeout=BEAT_SECONDS)
        for worker in [each for each in self._workers if each.connection in speaking]:
            self._hear(worker, leases)
        for worker in [each for each in self._workers if self._is_late(each)]:
            self._replace(worker, leases)

    def close(self) -> None:
        for worker in self._workers:
            worker.connection.close()
        deadline = time.monotonic() + _FAREWELL
        for worker in self._workers:
            worker.process.join(timeout=max(0.0, deadline - time.monotonic()))
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()

    def _start(self) -> None:
        """Adds a worker that hears neither ctrl-C nor SIGTERM: the supervisor alone decides when to stop."""
        resource_tracker.ensure_running()  # first, because its own start lets ctrl-C through again
        try:
            with held_back(), limited_children(self._engine.workers):
                ours, theirs = self._context.Pipe()
                _limit_waiting(ours, self._engine.silence)
                process = self._context.Process(target=serve, args=(theirs, self._work), daemon=True)
                process.start()
                theirs.close()
                self._workers.append(_Worker(process, ours))
        except OSError as error:
            raise RunError(
                f"A worker process cannot start ({error.strerror}).", repair="Try fewer: --workers, or --engine serial."
            ) from None

    def _hear(self, worker: _Worker, leases: Leases) -> None:
        try:
            while worker.connection.poll():
                kind, outcomes = worker.connection.recv()
                worker.heard, worker.ready, self._barren = time.monotonic(), True, 0
                if kind == STOP:
                    raise outcomes
                if kind == DONE and worker.lease:
                    leases.fill(worker.lease, outcomes)
                    worker.lease = None
        except (EOFError, OSError):
            self._replace(worker, leases)

    def _is_late(self, worker: _Worker) -> bool:
        now = time.monotonic()
        overstays = worker.lease is not None and now - worker.leased > self._engine.patience
        return overstays or now - worker.heard > self._engine.silence

    def _replace(self, worker: _Worker, leases: Leases) -> None:
        """Buries a worker, starts another, and gives its lease back."""
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
        how = _cause(worker.process.exitcode)
        if not worker.ready:
            self._barren += 1
            if self._barren == BARREN_STARTS:
                raise RunError(f"A worker process cannot start ({how}).", repair="Try --engine serial to see why.")
        self._workers.remove(worker)
        self._start()
        if worker.lease:
            leases.give_back(worker.lease, how)


def _limit_waiting(connection: Any, seconds: float) -> None:
    """Lets a read or write fail after so long: a worker that stops inside a message must not stop its supervisor."""
    longest = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
    with socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, longest)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, longest)


def _cause(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
