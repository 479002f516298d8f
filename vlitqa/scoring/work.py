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
from vlitqa.results import WENT_WRONG, Measurement, Status, unmeasured
from vlitqa.scoring.plan import Samples


@dataclass(frozen=True, slots=True)
class Scorer:
    """Measures tasks with every metric they want: the work that engines run."""

    metrics: tuple[Metric, ...]
    toolbox: Toolbox
    samples: Samples = ()

    def __call__(self, tasks: Sequence[Task]) -> list[Outcome]:
        """Measures every task with the metrics that it needs."""
        tools = self.toolbox.open()
        positions = range(len(self.metrics))
        if all(len(task.positions) == len(positions) for task in tasks):
            records = [task.record for task in tasks]
            return list(zip(*(self._measure(position, records, tools) for position in positions), strict=True))
        measurements: list[list[Measurement]] = [[] for _ in tasks]
        for position in positions:
            numbers = [number for number, task in enumerate(tasks) if position in task.positions]
            records = [tasks[number].record for number in numbers]
            for number, measurement in zip(numbers, self._measure(position, records, tools), strict=True):
                measurements[number].append(measurement)
        return [tuple(of_task) for of_task in measurements]

    def fingerprint(self) -> str:
        """Returns the fingerprints of all tools that the metrics use."""
        kinds = tuple(dict.fromkeys(kind for metric in self.metrics for kind in metric.card.tools))
        return ", ".join(self.toolbox.fingerprints(kinds).values())

    def when_lost(self, task: Task, reason: str) -> Outcome:
        """Returns measurements without values for a task that killed its workers."""
        return tuple(unmeasured(task.record, Status.WORKER_KILLED, reason) for _ in task.positions)

    def _measure(self, position: int, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Measures records with one metric; those outside its sample, and all without its tools, get no value."""
        metric = self.metrics[position]
        if lack := self.toolbox.lacks(metric.card.tools):
            return [unmeasured(record, Status.NOT_MEASURED, lack) for record in records]
        sample = self.samples[position] if self.samples else None
        if sample is None:
            return _measure_batch(metric, records, tools)
        reason = f"not one of the {len(sample):,} records that were drawn"
        drawn = [record for record in records if record.place.row in sample]
        measurements = iter(_measure_batch(metric, drawn, tools))
        return [
            next(measurements) if record.place.row in sample else unmeasured(record, Status.NOT_MEASURED, reason)
            for record in records
        ]


def went_wrong(measurement: Measurement) -> bool:
    """True if a measurement is missing because of its metric, its worker or its judge, not because of its record."""
    return measurement.status in WENT_WRONG


def _measure_batch(metric: Metric, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
    """Measures a batch; a metric that fails on one record fails on that record alone."""
    try:
        measurements = metric.measure(records, tools)
        if len(measurements) != len(records):
            raise ValueError(f"{len(measurements)} measurements for {len(records)} records")
    except RunError:
        raise
    except Exception as error:  # noqa: BLE001 - a metric is foreign code: whatever it raises costs one record
        if len(records) == 1:
            return [_failure(records[0], f"{type(error).__name__}: {str(error)[:200]}")]
        return [_measure_batch(metric, [record], tools)[0] for record in records]
    low, high = metric.card.lowest, min(metric.card.highest, sys.float_info.max)
    return [
        measurement
        if type(measurement) is Measurement
        and type(value := measurement.value) is float
        and low <= value <= high
        and (value or math.copysign(1.0, value) > 0)
        else _validate(measurement, record, metric.card)
        for measurement, record in zip(measurements, records, strict=True)
    ]


def _validate(measurement: Measurement, record: Record, card: Card) -> Measurement:
    """Returns a measurement whose value is a finite number in range and never -0.0, or one that says why there is none.

    A metric is foreign code: its measurement may be anything.
    """
    try:
        value = measurement.value
        if value is None:
            if measurement.status is Status.OK:
                return _failure(record, "it gave neither a value nor a status")
            return measurement
        if not card.lowest <= value <= card.highest or value == math.inf:
            return _failure(record, f"it gave {value}, which is outside {card.lowest:g} to {card.highest:g}")
        return replace(measurement, value=float(value) + 0.0)
    except (AttributeError, TypeError, ValueError):
        return _failure(record, f"it gave {type(measurement).__name__} instead of a measurement with a number")


def _failure(record: Record, reason: str) -> Measurement:
    return unmeasured(record, Status.FAILED, f"the metric failed: {reason}")
