"""Work in this process, one batch after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vlitqa.contracts import Outcome, Task, Work


@dataclass(frozen=True, slots=True)
class SerialEngine:
    """Runs everything in this process: nothing to start, nothing to supervise."""

    workers: int = 1

    def map(self, work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[list[Outcome]]:
        """Yields the outcomes of each batch, in order."""
        for batch in batches:
            yield work(batch)
