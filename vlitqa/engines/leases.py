"""The work that is out: every batch is leased to one worker, comes back whole and in order, and is never lost.

A worker that dies, falls silent or overstays its time gives its lease back. A lease that came back twice is split into
single records, and a record that comes back twice is quarantined.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from vlitqa.contracts import Outcome, Task, Work

MAX_FAILED_STARTS = 3
"""Workers in a row that end before they are ready: one may have been killed, three cannot start."""
_MAX_RETURNS = 2
_BATCHES_PER_WORKER = 3
"""Batches under way for each worker: enough to keep it busy, few enough to stay small."""
_BYTES_PER_WORKER = 64 << 20
"""Bytes of records under way for each worker after which no batch is read: one row may weigh hundreds of megabytes."""


@dataclass(slots=True, kw_only=True)
class Lease:
    """Tasks of one batch, from `start` on, that one worker does together."""

    batch: int
    start: int
    tasks: Sequence[Task]
    returns: int = 0


@dataclass(slots=True)
class _Batch:
    """The outcomes of one batch while its leases are out."""

    outcomes: list[Outcome | None]
    missing: int
    weight: int


class Leases:
    """The batches under way, and their leases that wait for a worker."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._batches: dict[int, _Batch] = {}
        self._waiting: deque[Lease] = deque()
        self._admitted = self._finished = self._weight = 0

    def __len__(self) -> int:
        return self._admitted - self._finished

    def has_room(self, workers: int) -> bool:
        """True if so many workers may have another batch, by the number and by the bytes of those under way."""
        return len(self) < _BATCHES_PER_WORKER * workers and self._weight < _BYTES_PER_WORKER * workers

    def admit(self, tasks: Sequence[Task]) -> None:
        """Takes in the next batch."""
        weight = sum(task.record.weight() for task in tasks)
        self._batches[self._admitted] = _Batch([None] * len(tasks), len(tasks), weight)
        self._weight += weight
        if tasks:
            self._waiting.append(Lease(batch=self._admitted, start=0, tasks=tasks))
        self._admitted += 1

    def next(self) -> Lease | None:
        """Hands out a lease that waits for a worker."""
        return self._waiting.popleft() if self._waiting else None

    def fill(self, lease: Lease, outcomes: Sequence[Outcome]) -> None:
        """Takes in the outcomes of a lease."""
        batch = self._batches[lease.batch]
        batch.outcomes[lease.start : lease.start + len(lease.tasks)] = outcomes
        batch.missing -= len(lease.tasks)

    def give_back(self, lease: Lease, reason: str) -> None:
        """Decides what becomes of a lease whose worker did not do it."""
        lease.returns += 1
        if lease.returns < _MAX_RETURNS:
            self._waiting.appendleft(lease)
        elif len(lease.tasks) > 1:
            singles = [
                Lease(batch=lease.batch, start=start, tasks=[task])
                for start, task in enumerate(lease.tasks, lease.start)
            ]
            self._waiting.extendleft(reversed(singles))
        else:
            reason = f"its worker died {_MAX_RETURNS} times ({reason})"
            self.fill(lease, [self._work.when_lost(lease.tasks[0], reason)])

    def is_waited_for(self) -> bool:
        """True if the batch whose turn it is has tasks that are not done."""
        return bool(self._batches[self._finished].missing)

    def finish(self) -> Iterator[list[Outcome]]:
        """Yields the batches that are done, as far as no earlier one is missing."""
        while len(self) and not self.is_waited_for():
            batch = self._batches.pop(self._finished)
            self._finished += 1
            self._weight -= batch.weight
            yield [outcome for outcome in batch.outcomes if outcome is not None]


class Crew(Protocol):
    """The workers of an engine."""

    def __len__(self) -> int: ...

    def lend(self, leases: Leases) -> None:
        """Gives leases to idle workers."""
        ...

    def listen(self, leases: Leases) -> None:
        """Waits a little for workers; takes what they did, and the leases of those that will do no more."""
        ...


def supervise(crew: Crew, leases: Leases, batches: Iterator[Sequence[Task]]) -> Iterator[list[Outcome]]:
    """Yields the outcomes of all batches, in their order."""
    is_exhausted = False
    while True:
        while not is_exhausted and leases.has_room(len(crew)):
            if (batch := next(batches, None)) is None:
                is_exhausted = True
            else:
                leases.admit(batch)
        if not len(leases):
            return
        crew.lend(leases)
        if leases.is_waited_for():
            crew.listen(leases)
        yield from leases.finish()
