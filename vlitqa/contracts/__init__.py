"""The promises that the parts of vlitqa make to each other; reading this page is reading the system.

A line becomes a Record (Format), a Record becomes Measurements (Metric, with Tools), an Engine says where that work
runs, and a Metric combines its measurements into the Summary of a dataset. A Benchmark marks what a model answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

from msgspec import Struct

from vlitqa.contracts.tools import Tools
from vlitqa.records import Place, Record, Row
from vlitqa.results import Labels, Measurement, Summary
from vlitqa.results.exams import Answer, Conclusion, Mark, Question


class Format(Protocol):
    """One shape of rows. Exactly one format recognises a good row."""

    @property
    def name(self) -> str: ...

    def recognises(self, row: Row) -> bool:
        """Whether the row has this shape, judged by its content alone."""
        ...

    def read(self, row: Row, *, place: Place) -> Record:
        """The record of a row; raises RejectedRecord with line and field where there is none."""
        ...

    def write(self, record: Record) -> Row:
        """The row of a record: untouched if it was read, built anew if it came from elsewhere."""
        ...


@dataclass(frozen=True, slots=True)
class Card:
    """What a metric says of itself."""

    name: str
    version: int
    """Raised whenever the same record could get another measurement."""
    lowest: float = 0.0
    highest: float = float("inf")
    better: str = "up"
    """Of a record's value: `up` where more is better, `down` where less is, `none` where neither is."""
    packages: tuple[str, ...] = ()
    """Installed packages whose version can change a measurement."""
    tools: tuple[str, ...] = ()
    """Kinds of tools that it needs: it is not measured where one is missing."""
    reads: tuple[str, ...] = ()
    """Metrics whose labels it combines with its own measurements."""


Fit = Mapping[str, Any]
"""JSON that a metric learned from all datasets of a run."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a metric may know of a run besides its own measurements."""

    fit: Fit = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)
    """The labels of the metrics that its card reads, by their names."""


ALONE = Context()


class Metric(Protocol):
    """One idea of data quality; a frozen dataclass whose fields are its parameters.

    A measurement's evidence is all that `combine` needs, so the measurements of two parts of a dataset, put
    together in any order, give the summary of the whole.
    """

    card: ClassVar[Card]

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """One measurement for each record, in order, whatever the batch."""
        ...

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        """The summary of a dataset; an empty dataset has figures without values."""
        ...


@runtime_checkable
class FittedMetric(Metric, Protocol):
    """A metric that learns from all datasets of a run before it combines any of them."""

    def fit(self, measurements: Iterable[Measurement], tools: Tools) -> Fit:
        """What is learned from the measurements of all datasets of a run."""
        ...


class Task(Struct, frozen=True, gc=False):
    """A record and the metrics, by position, that it still needs."""

    record: Record
    wanted: tuple[int, ...]


Outcome = tuple[Measurement, ...]
"""One measurement for each wanted metric of a task."""
Measured = tuple[Record, Outcome]
"""A record with a measurement of every metric of the run."""


class Work(Protocol):
    """What an engine runs: picklable, without state of its own."""

    def __call__(self, tasks: Sequence[Task]) -> list[Outcome]: ...

    def fingerprint(self) -> str:
        """The tools of this machine that its results depend on."""
        ...

    def when_lost(self, task: Task, reason: str) -> Outcome:
        """The outcome that stands in for a task that killed every worker it was given to."""
        ...


class Engine(Protocol):
    """Where work runs. Results come in order, with a bounded number of batches in flight."""

    @property
    def workers(self) -> int: ...

    def map(self, work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[list[Outcome]]: ...


Observer = Callable[[int, int, float], None]
"""Told of records done, rows rejected and the share of the file that was read."""


@dataclass(frozen=True, slots=True)
class BenchmarkCard:
    """What a benchmark says of itself."""

    name: str
    title: str
    headline: str
    """What its first figure measures; nothing else is ever put in its place."""
    profiles: tuple[str, ...]
    """Sets of rules by which it can be marked; the first is the usual one."""
    files: tuple[str, ...] = ()
    """What is looked for below the data root."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Questions of the release that everybody uses, by part, as far as they can be told apart."""
    beside: Mapping[str, int] = field(default_factory=dict)
    """Those of parts that are expected only where some of them were answered."""
    twice: int = 0
    """Questions that the release asks twice, so that two answers are right."""
    right: tuple[str, ...] = ()
    """All that can be right, in small letters, where that is little."""


class Benchmark(Protocol):
    """An exam that models sit; a frozen dataclass whose fields are its profile, its data root and its seed."""

    @property
    def card(self) -> BenchmarkCard: ...

    def questions(self) -> Sequence[Question]:
        """All questions that the files below the data root hold; raises UsageError naming a file that is missing."""
        ...

    def mark(self, question: Question, answer: Answer) -> Mark:
        """What one answer is worth; never an exception, and no mark where the question has no right answer."""
        ...

    def conclude(self, marks: Sequence[Mark]) -> Conclusion:
        """The figures of all marks, the headline first; whatever their order."""
        ...
