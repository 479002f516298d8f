"""Batches of records: measurements that the cache has, tasks for those that it lacks, and both put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from vlitqa.contracts import Measured, Outcome, Task
from vlitqa.records import Record
from vlitqa.results import Measurement
from vlitqa.scoring.cache import Cache
from vlitqa.scoring.plan import Plan
from vlitqa.scoring.provenance import digest_of, metric_provenance, record_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records with the measurements that are known of them, and the tasks that are left."""

    records: Sequence[Record]
    tasks: Sequence[Task]
    known: Sequence[Mapping[int, Measurement]] = ()
    """Of each record, by the position of the metric; empty where no cache was asked."""
    keys: Sequence[Sequence[bytes]] = ()

    @property
    def from_cache(self) -> int:
        """How many measurements the cache had."""
        return sum(map(len, self.known))

    def complete(self, outcomes: Sequence[Outcome]) -> list[Measured]:
        """Every record with a measurement of each metric, from the cache or from the outcomes of the tasks."""
        if not self.known:
            return list(zip(self.records, outcomes, strict=True))
        return list(self._merged(outcomes))

    def _merged(self, outcomes: Sequence[Outcome]) -> Iterator[Measured]:
        fresh = iter(zip(self.tasks, outcomes, strict=True))
        for record, known, keys in zip(self.records, self.known, self.keys, strict=True):
            measurements = dict(known)
            if len(known) < len(keys):
                task, outcome = next(fresh)
                measurements.update(zip(task.wanted, outcome, strict=True))
            yield record, tuple(measurements[position] for position in range(len(keys)))


def batch_of(records: Sequence[Record], metrics: int) -> Batch:
    """A batch of which nothing is known: every record is a task for every metric."""
    wanted = tuple(range(metrics))
    return Batch(records=records, tasks=[Task(record, wanted) for record in records])


class CacheLookup:
    """The cache as a run of metrics uses it."""

    def __init__(self, plan: Plan, cache: Cache) -> None:
        self._cache = cache
        self._images = plan.toolbox.open().images
        self._prefixes = [digest_of(metric_provenance(metric, plan.toolbox)) for metric in plan.metrics]

    def batch(self, records: Sequence[Record]) -> Batch:
        """The records with what the cache has of them; what it lacks becomes tasks."""
        digests = [record_digest(record, self._images) for record in records]
        keys = [[prefix + digest for prefix in self._prefixes] for digest in digests]
        stored = self._cache.get([key for record_keys in keys for key in record_keys])
        known = [
            {
                position: replace(stored[key], place=record.place, record_id=record.id)
                for position, key in enumerate(record_keys)
                if key in stored
            }
            for record, record_keys in zip(records, keys, strict=True)
        ]
        positions = range(len(self._prefixes))
        tasks = [
            Task(record, tuple(position for position in positions if position not in measurements))
            for record, measurements in zip(records, known, strict=True)
            if len(measurements) < len(positions)
        ]
        return Batch(records=records, tasks=tasks, known=known, keys=keys)

    def keep(self, batch: Batch, outcomes: Sequence[Outcome]) -> None:
        """Puts what was newly measured into the cache."""
        if not outcomes:
            return
        lacking = [keys for keys, known in zip(batch.keys, batch.known, strict=True) if len(known) < len(keys)]
        self._cache.put(
            (keys[position], measurement)
            for keys, task, outcome in zip(lacking, batch.tasks, outcomes, strict=True)
            for position, measurement in zip(task.wanted, outcome, strict=True)
        )
