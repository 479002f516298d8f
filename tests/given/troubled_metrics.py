"""Metrics that fail on purpose, importable by worker processes, and the tasks to give them."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vlitqa.contracts import ALONE, Card, Context, FigureName, Outcome, Task
from vlitqa.contracts.tools import Tools
from vlitqa.errors import RunError
from vlitqa.records import Place, Record, Turn
from vlitqa.results import Figure, Measurement, Status, Summary
from vlitqa.results.evidence import NoEvidence, TypedEvidence

NUMBERS = {"nan": math.nan, "inf": math.inf, "minus inf": -math.inf, "minus zero": -0.0, "below": -2.0, "above": 2e6}


def _raise() -> None:
    raise ValueError("the metric has a bug")


def _raise_without_words() -> None:
    raise KeyError


TROUBLES: Mapping[str, Callable[[], object]] = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "stopped": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "asleep": lambda: time.sleep(3600),
    "raises": _raise,
    "raises without words": _raise_without_words,
}


@dataclass(frozen=True)
class Troubled:
    """The row number of a record, but for one line that brings trouble."""

    card: ClassVar[Card] = Card(
        name="troubled", version=1, headline=FigureName("mean", "sound"), lowest=-1.0, highest=1e6
    )
    evidence: ClassVar[type[TypedEvidence]] = NoEvidence
    trouble: str = ""
    line: int = 0
    log: str = ""
    """A file that gets one byte just before each trouble."""
    once: bool = False
    """No further trouble comes once the log has a byte."""
    always: bool = False
    """Every line brings trouble."""

    def measure(self, records: Sequence[Record], _tools: Tools) -> Sequence[Measurement]:
        """One measurement for each record, or what a metric with a bug would give."""
        measurements = [self._measure(record) for record in records]
        return measurements[:-1] if self.trouble == "too few" and self._strikes(records) else measurements

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """The mean of the values."""
        values = [measurement.value for measurement in measurements]
        numbers = [value for value in values if value is not None]
        mean = sum(numbers) / len(numbers) if numbers else None
        left_out = {"not measured": len(values) - len(numbers)}
        return Summary((Figure("mean", "sound", mean, measured=len(numbers), left_out=left_out),))

    def _measure(self, record: Record) -> Measurement:
        value: float | None = float(record.place.row)
        if self._strikes([record]) and not self._is_over():
            self._write_log()
            TROUBLES.get(self.trouble, bool)()
            value = NUMBERS.get(self.trouble, value)
            if self.trouble == "silent":
                value = None
            if self.trouble == "no measurement":
                return None  # type: ignore[return-value]  # what a metric with a bug would do
        return Measurement(value, Status.OK, place=record.place, record_id=record.id)

    def _strikes(self, records: Sequence[Record]) -> bool:
        return self.always or any(record.place.line == self.line for record in records)

    def _is_over(self) -> bool:
        return self.once and times_logged(Path(self.log)) > 0

    def _write_log(self) -> None:
        if self.log:
            with Path(self.log).open("ab") as file:
                file.write(b".")


def times_logged(log: Path) -> int:
    """The number of troubles that have come, by the log of a Troubled."""
    return log.stat().st_size if log.exists() else 0


@dataclass(frozen=True)
class Refusing:
    """Work that says that the run must end."""

    def __call__(self, _tasks: Sequence[Task]) -> list[Outcome]:
        raise RunError("the disk of the worker is full")

    def fingerprint(self) -> str:
        """No tools."""
        return ""

    def when_lost(self, _task: Task, _reason: str) -> Outcome:
        """No measurements."""
        return ()


@dataclass(frozen=True)
class Unloadable:
    """Work that ends every process it is sent to before that can begin."""

    def __call__(self, tasks: Sequence[Task]) -> list[Outcome]:
        return [() for _ in tasks]

    def fingerprint(self) -> str:
        """No tools."""
        return ""

    def when_lost(self, _task: Task, _reason: str) -> Outcome:
        """No measurements."""
        return ()

    def __reduce__(self) -> tuple[Callable[[int], None], tuple[int]]:
        return os._exit, (3,)


def batches(count: int, size: int = 8, padding: str = "") -> Iterator[list[Task]]:
    """Tasks of one metric over numbered records."""
    for start in range(0, count, size):
        rows = range(start, min(start + size, count))
        yield [Task(Record((Turn("q" + padding, "a"),), id=f"r{row}", place=Place(row, row + 1)), (0,)) for row in rows]
