"""The one loop: records in batches, what is known from the cache, the rest through an engine, all in order."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from msgspec.structs import replace

from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import Engine, Measured, Metric, Observer, Outcome, Task
from vlitqa.reader import Dataset, Entries
from vlitqa.records import Record, Reject
from vlitqa.results import Measurement
from vlitqa.results.findings import Seen
from vlitqa.scoring.cache import Cache
from vlitqa.scoring.provenance import digest_of, metric_provenance, record_digest
from vlitqa.scoring.work import Samples, Scorer, went_wrong

BATCH = 64
"""Rows that are read, and records that an engine gets, at once."""
_TRUNCATED, _LOOSE_COMMAS = "truncated", "loose_commas"
"""Codes that mark a place of the file and are no rows."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, with which tools, on which rows."""

    metrics: tuple[Metric, ...]
    toolbox: Toolbox
    limit: int | None = None
    """Stop after so many records."""
    rows: frozenset[int] | None = None
    """Only these rows, when a sample was drawn."""
    samples: Samples = ()
    """Rows of single metrics that are too dear for all."""


class Sink(Protocol):
    """Where measurements and rejects go, in the order of the rows."""

    def add(self, measured: Sequence[Measured]) -> None: ...

    def reject(self, reject: Reject) -> None: ...


@dataclass(slots=True)
class Tally:
    """What has happened so far."""

    rows: int = 0
    records: int = 0
    rejects: int = 0
    rejected: defaultdict[str, Seen] = field(default_factory=lambda: defaultdict(Seen))
    """By code: the rejects, and the loose commas that the reader passed over."""
    cut_off: bool = False
    failed: int = 0
    from_cache: int = 0


@dataclass(frozen=True, slots=True)
class Means:
    """What a run works with: where work runs, what is remembered, and who is told."""

    engine: Engine
    observer: Observer
    cache: Cache | None = None


def measure_dataset(dataset: Dataset, plan: Plan, sink: Sink, means: Means) -> Tally:
    """Measures every record of a dataset and hands the measurements on, in order."""
    tally = Tally()
    lookup = _Lookup(plan, means.cache, tally) if means.cache else None
    waiting: deque[_Batch] = deque()
    with dataset.entries() as entries:

        def batches() -> Iterator[Sequence[Task]]:
            for records in _batched(entries, plan, sink, tally):
                waiting.append(lookup.batch(records) if lookup else _Batch.of(records, len(plan.metrics)))
                yield waiting[-1].tasks

        for outcomes in means.engine.map(Scorer(plan.metrics, plan.toolbox, plan.samples), batches()):
            batch = waiting.popleft()
            if lookup:
                lookup.keep(batch, outcomes)
            measured = batch.merged(outcomes)
            sink.add(measured)
            tally.failed += sum(
                [each.value is None and went_wrong(each) for _, outcome in measured for each in outcome]
            )
            tally.records += len(measured)
            means.observer(tally.records, tally.rejects, entries.share())
    return tally


@dataclass(frozen=True, slots=True)
class _Batch:
    """Records, their known measurements, and the tasks that are left."""

    records: Sequence[Record]
    tasks: Sequence[Task]
    known: Sequence[dict[int, Measurement]] = ()
    keys: Sequence[Sequence[bytes]] = ()

    @staticmethod
    def of(records: Sequence[Record], metrics: int) -> _Batch:
        wanted = tuple(range(metrics))
        return _Batch(records, [Task(record, wanted) for record in records])

    def merged(self, outcomes: Sequence[Outcome]) -> list[Measured]:
        """Every record with a measurement of each metric, known or new."""
        return list(self._completed(outcomes) if self.known else zip(self.records, outcomes, strict=True))

    def _completed(self, outcomes: Sequence[Outcome]) -> Iterator[Measured]:
        new = iter(zip(self.tasks, outcomes, strict=True))
        for record, known in zip(self.records, self.known, strict=True):
            if len(known) < len(self.keys[0]):
                task, outcome = next(new)
                known.update(zip(task.wanted, outcome, strict=True))
            yield record, tuple(known[position] for position in sorted(known))


class _Lookup:
    """The cache as the loop uses it."""

    def __init__(self, plan: Plan, cache: Cache, tally: Tally) -> None:
        self._cache, self._tally = cache, tally
        self._images = plan.toolbox.open().images
        self._prefixes = [digest_of(metric_provenance(metric, plan.toolbox)) for metric in plan.metrics]

    def batch(self, records: Sequence[Record]) -> _Batch:
        keys = []
        for record in records:
            digest = record_digest(record, self._images)
            keys.append([prefix + digest for prefix in self._prefixes])
        found = self._cache.get([key for each in keys for key in each])
        known = [
            {
                at: replace(found[key], place=record.place, record_id=record.id)
                for at, key in enumerate(own)
                if key in found
            }
            for record, own in zip(records, keys, strict=True)
        ]
        self._tally.from_cache += sum(map(len, known))
        everything = range(len(self._prefixes))
        tasks = [
            Task(record, tuple(at for at in everything if at not in have))
            for record, have in zip(records, known, strict=True)
            if len(have) < len(self._prefixes)
        ]
        return _Batch(records, tasks, known, keys)

    def keep(self, batch: _Batch, outcomes: Sequence[Outcome]) -> None:
        """Puts what was newly measured into the cache."""
        if not outcomes:
            return
        missing = [own for own, have in zip(batch.keys, batch.known, strict=True) if len(have) < len(own)]
        self._cache.put(
            (own[at], measurement)
            for own, task, outcome in zip(missing, batch.tasks, outcomes, strict=True)
            for at, measurement in zip(task.wanted, outcome, strict=True)
        )


def _batched(entries: Entries, plan: Plan, sink: Sink, tally: Tally) -> Iterator[list[Record]]:
    """The records that are to be measured, some at a time; rejects are counted and handed on."""
    left = plan.limit
    while chunk := list(islice(entries, BATCH if left is None else min(BATCH, left))):
        records = [entry for entry in chunk if type(entry) is Record]
        tally.rows += len(chunk)
        if len(records) < len(chunk):
            _count([entry for entry in chunk if isinstance(entry, Reject)], sink, tally)
        if plan.rows is not None:
            records = [record for record in records if record.place.row in plan.rows]
        if records:
            yield records
        if left is not None:
            left -= len(records)


def _count(rejects: Sequence[Reject], sink: Sink, tally: Tally) -> None:
    for reject in rejects:
        if reject.code in (_TRUNCATED, _LOOSE_COMMAS):
            tally.rows -= 1
        else:
            tally.rejects += 1
        if reject.code == _TRUNCATED:
            tally.cut_off = True
        else:
            said = f"{reject.field}: {reject.reason}" if reject.field else reject.reason
            tally.rejected[reject.code].add(reject.place, said)
        if reject.code != _LOOSE_COMMAS:  # nothing was rejected there
            sink.reject(reject)
