"""The work that engines run: tasks measured with every metric they want, whatever a metric does on one of them."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import Card, Metric, Outcome, Task
from vlitqa.contracts.tools import Tools
from vlitqa.errors import RunError
from vlitqa.records import Record
from vlitqa.results import Measurement, Status, unmeasured
from vlitqa.scoring.plan import Samples


@dataclass(frozen=True, slots=True)
class Scorer:
    """Measures tasks with every metric they want: the work that engines run."""

    metrics: tuple[Metric, ...]
    toolbox: Toolbox
    samples: Samples = ()

    def __call__(self, tasks: Sequence[Task]) -> list[Outcome]:
        tools = self.toolbox.open()
        everything = len(self.metrics)
        if all(len(task.wanted) == everything for task in tasks):
            records = [task.record for task in tasks]
            return list(zip(*(self._measured(at, records, tools) for at in range(everything)), strict=True))
        made: list[list[Measurement]] = [[] for _ in tasks]
        for position in range(everything):
            wanting = [at for at, task in enumerate(tasks) if position in task.wanted]
            for at, measurement in zip(
                wanting, self._measured(position, [tasks[at].record for at in wanting], tools), strict=True
            ):
                made[at].append(measurement)
        return [tuple(each) for each in made]

    def _measured(self, position: int, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """The measurements of a metric, if its tools are here, of the records that were drawn for it."""
        metric = self.metrics[position]
        if lack := self.toolbox.lacks(metric.card.tools):
            return [unmeasured(record, Status.NOT_MEASURED, lack) for record in records]
        drawn = self.samples[position] if self.samples else None
        if drawn is None:
            return _measured(metric, records, tools)
        why = f"not one of the {len(drawn):,} records that were drawn"
        made = iter(_measured(metric, [record for record in records if record.place.row in drawn], tools))
        return [
            next(made) if record.place.row in drawn else unmeasured(record, Status.NOT_MEASURED, why)
            for record in records
        ]

    def fingerprint(self) -> str:
        kinds = tuple(dict.fromkeys(kind for metric in self.metrics for kind in metric.card.tools))
        return ", ".join(self.toolbox.fingerprints(kinds).values())

    def when_lost(self, task: Task, reason: str) -> Outcome:
        record = task.record
        return tuple(unmeasured(record, Status.WORKER_KILLED, reason) for _ in task.wanted)


def _measured(metric: Metric, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
    """The measurements of a batch; a metric that fails on one record fails on that record alone."""
    try:
        made = metric.measure(records, tools)
        if len(made) != len(records):
            raise ValueError(f"{len(made)} measurements for {len(records)} records")
    except RunError:
        raise
    except Exception as error:
        if len(records) == 1:
            return [_failure(records[0], f"{type(error).__name__}: {str(error)[:200]}")]
        return [_measured(metric, [record], tools)[0] for record in records]
    low, high = metric.card.lowest, min(metric.card.highest, sys.float_info.max)
    return [
        each
        if type(each) is Measurement
        and type(at := each.value) is float
        and low <= at <= high
        and (at or math.copysign(1.0, at) > 0)
        else _kept(each, record, metric.card)
        for each, record in zip(made, records, strict=True)
    ]


def _kept(made: Measurement, record: Record, card: Card) -> Measurement:
    """The measurement as it is kept: a finite number in range that is never -0.0, or none and why."""
    try:
        value = made.value
        if value is None:
            return made if made.status is not Status.OK else _failure(record, "it gave neither a value nor a status")
        if not card.lowest <= value <= card.highest or value == math.inf:
            return _failure(record, f"it gave {value}, which is outside {card.lowest:g} to {card.highest:g}")
        return replace(made, value=float(value) + 0.0)
    except (AttributeError, TypeError, ValueError):
        return _failure(record, f"it gave {type(made).__name__} instead of a measurement with a number")


def _failure(record: Record, why: str) -> Measurement:
    return unmeasured(record, Status.FAILED, f"the metric failed: {why}")


def went_wrong(measurement: Measurement) -> bool:
    """Whether a measurement is missing because of its metric or its worker, not because of its record."""
    return measurement.status in (Status.WORKER_KILLED, Status.FAILED)
