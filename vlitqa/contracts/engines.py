"""Engines: where work runs, and the work that they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from vlitqa.records import Record
from vlitqa.results import Measurement


class Task(Struct, frozen=True, gc=False):
    """A record, and the metrics that it still needs."""

    record: Record
    positions: tuple[int, ...]
    """The places of these metrics among those of the run."""


Outcome = tuple[Measurement, ...]
"""One measurement for each metric of a task."""
Measured = tuple[Record, Outcome]
"""A record with a measurement of every metric of the run."""


class Work(Protocol):
    """What an engine runs: picklable, without state of its own."""

    def __call__(self, tasks: Sequence[Task]) -> list[Outcome]:
        """One outcome for each task, in order."""
        ...

    def fingerprint(self) -> str:
        """The tools of this machine that its results depend on."""
        ...

    def when_lost(self, task: Task, reason: str) -> Outcome:
        """The outcome that stands in for a task that killed every worker it was given to."""
        ...


class Engine(Protocol):
    """Where work runs. Results come in order, with a bounded number of batches in flight."""

    @property
    def workers(self) -> int:
        """How many processes work at once."""
        ...

    def map(self, work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[list[Outcome]]:
        """The outcomes of every batch, in the order of the batches."""
        ...


Observer = Callable[[int, int, float], None]
"""Told of records done, rows rejected and the share of the file that was read."""
