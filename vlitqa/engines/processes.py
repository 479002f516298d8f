"""Work in several processes under a supervisor that loses no record when one of them dies.

Every worker holds one lease, a batch. A worker that dies, falls silent or overstays its time gives its lease back. A
lease that came back twice is split into single records, and a record that kills its worker twice is quarantined.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import struct
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import Any

from vlitqa.contracts import Outcome, Task, Work
from vlitqa.engines.interrupts import held_back
from vlitqa.engines.worker import BEAT_SECONDS, DONE, STOP, serve
from vlitqa.errors import RunError

_TRIES = 2
_BARREN_STARTS = 3
"""Workers in a row that end before they are ready: one may have been killed, three cannot start."""
_FAREWELL = 1.0
"""Seconds in which idle workers end by themselves."""
_IN_FLIGHT = 3
"""Batches under way for each worker: enough to keep it busy, few enough to stay small."""


@dataclass(frozen=True, slots=True)
class ProcessEngine:
    """Several worker processes and their supervisor."""

    workers: int = 2
    silence: float = 30 * BEAT_SECONDS
    """Seconds without a beat after which a worker counts as dead."""
    patience: float = 600.0
    """Seconds that one lease may take."""

    def map(self, work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[list[Outcome]]:
        supervisor = _Supervisor(self, work)
        try:
            yield from supervisor.run(iter(batches))
        finally:
            supervisor.close()


@dataclass(slots=True)
class _Batch:
    """The outcomes of one batch while its leases are out."""

    outcomes: list[Outcome | None]
    missing: int


@dataclass(slots=True)
class _Lease:
    """Tasks of one batch, from `start` on, that one worker does together."""

    batch: int
    start: int
    tasks: Sequence[Task]
    deaths: int = 0


@dataclass(slots=True)
class _Worker:
    process: Any
    connection: Any
    lease: _Lease | None = None
    ready: bool = False
    heard: float = field(default_factory=time.monotonic)
    leased: float = 0.0


class _Supervisor:
    def __init__(self, engine: ProcessEngine, work: Work) -> None:
        self._engine, self._work = engine, work
        self._context = multiprocessing.get_context("spawn")
        self._open: dict[int, _Batch] = {}
        self._queue: deque[_Lease] = deque()
        self._workers: list[_Worker] = []
        self._barren = 0

    def run(self, batches: Iterator[Sequence[Task]]) -> Iterator[list[Outcome]]:
        for _ in range(max(1, self._engine.workers)):
            self._start()
        taken = given = 0
        exhausted = False
        while True:
            while not exhausted and taken - given < _IN_FLIGHT * len(self._workers):
                batch = next(batches, None)
                if batch is None:
                    exhausted = True
                else:
                    self._admit(taken, batch)
                    taken += 1
            if given == taken:
                return
            self._lend()
            if self._open[given].missing:
                self._listen()
            while given < taken and not self._open[given].missing:
                yield [outcome for outcome in self._open.pop(given).outcomes if outcome is not None]
                given += 1

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
            with held_back():
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

    def _admit(self, number: int, tasks: Sequence[Task]) -> None:
        self._open[number] = _Batch([None] * len(tasks), len(tasks))
        if tasks:
            self._queue.append(_Lease(number, 0, tasks))

    def _lend(self) -> None:
        for worker in list(self._workers):
            if worker.ready and worker.lease is None and self._queue:
                worker.lease = self._queue.popleft()
                worker.leased = worker.heard = time.monotonic()
                try:
                    worker.connection.send(worker.lease.tasks)
                except OSError:
                    self._replace(worker)

    def _listen(self) -> None:
        """Takes what the workers say, and the leases of those that will not speak again."""
        speaking = wait([worker.connection for worker in self._workers], timeout=BEAT_SECONDS)
        for worker in [each for each in self._workers if each.connection in speaking]:
            self._hear(worker)
        for worker in [each for each in self._workers if self._is_late(each)]:
            self._replace(worker)

    def _hear(self, worker: _Worker) -> None:
        try:
            while worker.connection.poll():
                kind, outcomes = worker.connection.recv()
                worker.heard, worker.ready, self._barren = time.monotonic(), True, 0
                if kind == STOP:
                    raise outcomes
                if kind == DONE and worker.lease:
                    self._fill(worker.lease, outcomes)
                    worker.lease = None
        except (EOFError, OSError):
            self._replace(worker)

    def _is_late(self, worker: _Worker) -> bool:
        now = time.monotonic()
        overstays = worker.lease is not None and now - worker.leased > self._engine.patience
        return overstays or now - worker.heard > self._engine.silence

    def _fill(self, lease: _Lease, outcomes: Sequence[Outcome]) -> None:
        batch = self._open[lease.batch]
        batch.outcomes[lease.start : lease.start + len(lease.tasks)] = outcomes
        batch.missing -= len(lease.tasks)

    def _replace(self, worker: _Worker) -> None:
        """Buries a worker, starts another, and decides what becomes of its lease."""
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
        how = _cause(worker.process.exitcode)
        if not worker.ready:
            self._barren += 1
            if self._barren == _BARREN_STARTS:
                raise RunError(f"A worker process cannot start ({how}).", repair="Try --engine serial to see why.")
        self._workers.remove(worker)
        self._start()
        lease = worker.lease
        if lease is None:
            return
        lease.deaths += 1
        if lease.deaths < _TRIES:
            self._queue.appendleft(lease)
        elif len(lease.tasks) > 1:
            singles = [_Lease(lease.batch, lease.start + at, [task]) for at, task in enumerate(lease.tasks)]
            self._queue.extendleft(reversed(singles))
        else:
            self._fill(lease, [self._work.lost(lease.tasks[0], f"its worker died {_TRIES} times ({how})")])


def _limit_waiting(connection: Any, seconds: float) -> None:
    """Lets a read or write fail after so long: a worker that stops inside a message must not stop its supervisor."""
    longest = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
    with socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, longest)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, longest)


def _cause(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
