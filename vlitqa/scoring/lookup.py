"""Batches of records: measurements from the cache, tasks for the missing ones, and both put together."""

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
    """Records, their measurements from the cache, and the tasks that are left."""

    records: Sequence[Record]
    tasks: Sequence[Task]
    cached: Sequence[Mapping[int, Measurement]] = ()
    """For each record, by the position of the metric, its measurements; empty without a cache."""
    keys: Sequence[Sequence[bytes]] = ()
    """For each record and metric, the key in the cache; empty without a cache."""

    @property
    def from_cache(self) -> int:
        """The number of measurements that the cache had."""
        return sum(map(len, self.cached))

    def complete(self, outcomes: Sequence[Outcome]) -> list[Measured]:
        """Returns each record with a measurement of every metric, from the cache or from the outcomes of the tasks."""
        if not self.cached:
            return list(zip(self.records, outcomes, strict=True))
        return list(self._merge(outcomes))

    def _merge(self, outcomes: Sequence[Outcome]) -> Iterator[Measured]:
        fresh = iter(zip(self.tasks, outcomes, strict=True))
        for record, cached, keys in zip(self.records, self.cached, self.keys, strict=True):
            measurements = dict(cached)
            if len(cached) < len(keys):
                task, outcome = next(fresh)
                measurements.update(zip(task.positions, outcome, strict=True))
            yield record, tuple(measurements[position] for position in range(len(keys)))


def uncached_batch(records: Sequence[Record], metrics: int) -> Batch:
    """Makes a batch without a cache: each record is a task for every metric."""
    positions = tuple(range(metrics))
    return Batch(records=records, tasks=[Task(record, positions) for record in records])


class CacheLookup:
    """The cache, as a run with a plan uses it."""

    def __init__(self, plan: Plan, cache: Cache) -> None:
        self._cache = cache
        self._tools = plan.toolbox.open()
        self._prefixes = [digest_of(metric_provenance(metric, plan.toolbox)) for metric in plan.metrics]

    def batch(self, records: Sequence[Record]) -> Batch:
        """Looks the measurements of records up; those that the cache lacks become tasks."""
        digests = [record_digest(record, self._tools) for record in records]
        keys = [[prefix + digest for prefix in self._prefixes] for digest in digests]
        stored = self._cache.get([key for record_keys in keys for key in record_keys])
        cached = [
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
            for record, measurements in zip(records, cached, strict=True)
            if len(measurements) < len(positions)
        ]
        return Batch(records=records, tasks=tasks, cached=cached, keys=keys)

    def keep(self, batch: Batch, outcomes: Sequence[Outcome]) -> None:
        """Puts new measurements into the cache."""
        if not outcomes:
            return
        incomplete = [keys for keys, cached in zip(batch.keys, batch.cached, strict=True) if len(cached) < len(keys)]
        self._cache.put(
            (keys[position], measurement)
            for keys, task, outcome in zip(incomplete, batch.tasks, outcomes, strict=True)
            for position, measurement in zip(task.positions, outcome, strict=True)
        )
