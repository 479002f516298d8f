"""What is out for work: every batch is leased to one worker, comes back whole and in order, and is never lost.

A worker that dies, falls silent or overstays its time gives its lease back. A lease that came back twice is split into
single records, and a record that comes back twice is quarantined.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from vlitqa.contracts import Outcome, Task, Work

BARREN_STARTS = 3
"""Workers in a row that end before they are ready: one may have been killed, three cannot start."""
_TRIES = 2
_IN_FLIGHT = 3
"""Batches under way for each worker: enough to keep it busy, few enough to stay small."""


@dataclass(slots=True)
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


class Leases:
    """The batches under way, from the first that was not given out yet."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._open: dict[int, _Batch] = {}
        self._queue: deque[Lease] = deque()
        self._taken = self._given = 0

    def __len__(self) -> int:
        return self._taken - self._given

    def admit(self, tasks: Sequence[Task]) -> None:
        self._open[self._taken] = _Batch([None] * len(tasks), len(tasks))
        if tasks:
            self._queue.append(Lease(self._taken, 0, tasks))
        self._taken += 1

    def next(self) -> Lease | None:
        """A lease that waits for a worker."""
        return self._queue.popleft() if self._queue else None

    def fill(self, lease: Lease, outcomes: Sequence[Outcome]) -> None:
        batch = self._open[lease.batch]
        batch.outcomes[lease.start : lease.start + len(lease.tasks)] = outcomes
        batch.missing -= len(lease.tasks)

    def give_back(self, lease: Lease, why: str) -> None:
        """Decides what becomes of a lease whose worker did not do it."""
        lease.returns += 1
        if lease.returns < _TRIES:
            self._queue.appendleft(lease)
        elif len(lease.tasks) > 1:
            singles = [Lease(lease.batch, lease.start + at, [task]) for at, task in enumerate(lease.tasks)]
            self._queue.extendleft(reversed(singles))
        else:
            self.fill(lease, [self._work.lost(lease.tasks[0], f"its worker died {_TRIES} times ({why})")])

    def is_waited_for(self) -> bool:
        """Whether the batch whose turn it is has tasks that are not done."""
        return bool(self._open[self._given].missing)

    def finished(self) -> Iterator[list[Outcome]]:
        """The batches that are done, as far as no earlier one is missing."""
        while len(self) and not self.is_waited_for():
            done = self._open.pop(self._given).outcomes
            self._given += 1
            yield [outcome for outcome in done if outcome is not None]


class Crew(Protocol):
    """The workers of an engine."""

    def __len__(self) -> int: ...

    def lend(self, leases: Leases) -> None:
        """Gives leases to idle workers."""
        ...

    def listen(self, leases: Leases) -> None:
        """Waits a little for workers; takes what they did, and the leases of those that will do no more."""
        ...


def supervised(crew: Crew, leases: Leases, batches: Iterator[Sequence[Task]]) -> Iterator[list[Outcome]]:
    """The outcomes of all batches, in their order."""
    exhausted = False
    while True:
        while not exhausted and len(leases) < _IN_FLIGHT * len(crew):
            if (batch := next(batches, None)) is None:
                exhausted = True
            else:
                leases.admit(batch)
        if not len(leases):
            return
        crew.lend(leases)
        if leases.is_waited_for():
            crew.listen(leases)
        yield from leases.finished()
