"""The one loop: records in batches, measurements from the cache or from an engine, all in the order of the rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from vlitqa.contracts import Task
from vlitqa.reader import Dataset, Entries
from vlitqa.records import VIDEO, Record, Reject
from vlitqa.results.faults import LOOSE_COMMAS, TRUNCATED
from vlitqa.results.findings import place_in_words
from vlitqa.scoring.lookup import Batch, CacheLookup, uncached_batch
from vlitqa.scoring.plan import BATCH, BATCH_BYTES, Plan, RunResources, Sink, Tally
from vlitqa.scoring.work import Scorer, went_wrong


def measure_dataset(dataset: Dataset, plan: Plan, sink: Sink, resources: RunResources) -> Tally:
    """Measures every record of a dataset and hands the measurements on, in order."""
    tally = Tally()
    lookup = CacheLookup(plan, resources.cache) if resources.cache else None
    in_flight: deque[Batch] = deque()
    with dataset.entries() as entries:

        def batches() -> Iterator[Sequence[Task]]:
            for records in _record_batches(entries, plan, sink, tally):
                in_flight.append(lookup.batch(records) if lookup else uncached_batch(records, len(plan.metrics)))
                yield in_flight[-1].tasks

        for outcomes in resources.engine.map(Scorer(plan.metrics, plan.toolbox, plan.samples), batches()):
            batch = in_flight.popleft()
            if lookup:
                lookup.keep(batch, outcomes)
            measured = batch.complete(outcomes)
            sink.add(measured)
            tally.from_cache += batch.from_cache
            tally.failed += sum(
                [
                    measurement.value is None and went_wrong(measurement)
                    for _, measurements in measured
                    for measurement in measurements
                ]
            )
            tally.records += len(measured)
            resources.observer(tally.records, tally.rejects, entries.share())
    return tally


def _record_batches(entries: Entries, plan: Plan, sink: Sink, tally: Tally) -> Iterator[list[Record]]:
    """Yields the records that are to be measured, batch by batch; counts the rejects and hands them on."""
    records_left = plan.limit
    while chunk := _take(entries, BATCH if records_left is None else min(BATCH, records_left)):
        records = [entry for entry in chunk if type(entry) is Record]
        tally.rows += len(chunk)
        if len(records) < len(chunk):
            _count_rejects([entry for entry in chunk if isinstance(entry, Reject)], sink, tally)
        if plan.rows is not None:
            records = [record for record in records if record.place.row in plan.rows]
        if records:
            tally.has_videos = tally.has_videos or any(map(_has_video, records))
            yield records
        if records_left is not None:
            records_left -= len(records)


def _has_video(record: Record) -> bool:
    return any([recording.kind == VIDEO for recording in record.recordings])


def _take(entries: Entries, count: int) -> list[Record | Reject]:
    """Takes at most so many entries, and no more once they weigh as much as a batch may."""
    chunk: list[Record | Reject] = []
    weight = 0
    for entry in islice(entries, count):
        chunk.append(entry)
        if type(entry) is Record:
            weight += entry.weight()
            if weight >= BATCH_BYTES:
                break
    return chunk


def _count_rejects(rejects: Sequence[Reject], sink: Sink, tally: Tally) -> None:
    for reject in rejects:
        if reject.code in (TRUNCATED, LOOSE_COMMAS):
            tally.rows -= 1
        else:
            tally.rejects += 1
        tally.cut_off |= reject.code == TRUNCATED
        tally.rejected[reject.code].add(reject.place, _detail(reject))
        if reject.code != LOOSE_COMMAS:  # nothing was rejected there
            sink.reject(reject)


def _detail(reject: Reject) -> str:
    """The reason of a reject, with its field; where a file ends, with the row and the byte too."""
    if reject.code == TRUNCATED:
        return f"{reject.reason} ({place_in_words(reject.place)})"
    return f"{reject.field}: {reject.reason}" if reject.field else reject.reason
