"""Metrics: one idea of data quality each, measured per record and combined per dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from vlitqa.contracts.tools import Tools
from vlitqa.records import Record
from vlitqa.results import Labels, Measurement, Summary
from vlitqa.results.evidence import TypedEvidence
from vlitqa.results.faults import Fault


class Principle(StrEnum):
    """The review's principles of good data, section 4.1."""

    CORRECTNESS = "correctness"
    TASK_DIVERSITY = "task diversity"
    INSTRUCTION_DIVERSITY = "instruction diversity"
    RESPONSE_DIVERSITY = "response diversity"
    INSTRUCTION_COMPLEXITY = "instruction complexity"
    OBJECT_COMPLEXITY = "object complexity"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class FigureName:
    """The name and the variant of a figure."""

    name: str
    variant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that others must know of a metric: nobody else names one."""

    name: str
    version: int
    """Raised whenever the same record could get another measurement."""
    headline: FigureName
    """The figure that stands for all of its figures."""
    principle: Principle | None = None
    """The principle that it measures, if it is one of the review's."""
    beside: bool = False
    """True if another metric stands for its principle, and this one beside it."""
    sentence: str = ""
    """The meaning of the headline in plain words, for a metric of a principle.

    `{value}` is its number, `{s}` the ending of a plural after it, and every parameter stands under its name.
    """
    symbol: str = ""
    """The column of the review's Table 4 that it fills."""
    in_table_4: str = ""
    """The name of the figure that stands in that column; empty where it is that of the headline."""
    tiles: tuple[FigureName, ...] = ()
    """Figures that the first screen of a page shows below the principles."""
    misleading: Mapping[FigureName, str] = field(default_factory=dict)
    """Figures that rank no datasets, and why."""
    follows_size: tuple[FigureName, ...] = ()
    """Figures that change with the number of records: they rank datasets of one size alone."""
    fitted: tuple[FigureName, ...] = ()
    """Figures that change with what the metric learned: they rank datasets of which it learned together."""
    follows_length: tuple[FigureName, ...] = ()
    """Figures that change with the length of the texts alone: they rank no datasets."""
    shares: Mapping[str, str] = field(default_factory=dict)
    """By the name of a figure that is a share: the words behind the percentage, such as `of images open`."""
    counts: str = ""
    """The thing that a record's value counts, as it stands before the number, such as `errors and warnings`."""
    lowest: float = 0.0
    highest: float = float("inf")
    better: str = "up"
    """Of a record's value: `up` where more is better, `down` where less is, `none` where neither is."""
    packages: tuple[str, ...] = ()
    """Installed packages whose version can change a measurement."""
    tools: tuple[str, ...] = ()
    """Kinds of tools that it needs: it is not measured where one is missing."""
    tools_of_original: tuple[str, ...] = ()
    """Kinds of tools that its `original` figures depend on, where these are not its own."""
    reads: tuple[str, ...] = ()
    """Metrics whose labels it combines with its own measurements: they are measured with it."""
    may_read: tuple[str, ...] = ()
    """Metrics whose labels it uses where they are measured too."""
    finds: Mapping[str, Fault] = field(default_factory=dict)
    """By code: the faults that it looks for."""
    labels: bool = False
    """Tells whether its summary labels turns."""
    votes: bool = False
    """Tells whether its evidence holds the votes on each turn."""
    gold: bool = False
    """Tells whether it uses the verdicts of people."""

    @property
    def all_read(self) -> tuple[str, ...]:
        """All metrics whose labels it uses."""
        return (*self.reads, *self.may_read)

    @property
    def gives_share(self) -> bool:
        """True if a record's value is a share."""
        return (self.lowest, self.highest) == (0.0, 1.0)


Fit = Mapping[str, Any]
"""JSON that a metric learned from all datasets of a run."""


GoldRows = Mapping[int, Mapping[int, bool]]
"""By row and turn: whether people call the response correct."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that a metric may know of a run besides its own measurements."""

    fit: Fit = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)
    """The labels of the metrics that its card reads, or may read and that were measured, by their names."""
    tags: Mapping[str, Labels] = field(default_factory=dict)
    """The same before any label is left out for being rare."""
    gold: GoldRows = field(default_factory=dict)
    """The verdicts of people on some turns, for a metric whose card asks for them."""


ALONE = Context()


class Metric(Protocol):
    """One idea of data quality; a frozen dataclass whose fields are its parameters.

    A measurement's evidence is all that `combine` needs, so the measurements of two parts of a dataset, put
    together in any order, give the summary of the whole.
    """

    card: ClassVar[Card]
    evidence: ClassVar[type[TypedEvidence]]
    """The type of its evidence; NoEvidence where it needs none."""

    def measure(self, records: Sequence[Record], tools: Tools, /) -> Sequence[Measurement]:
        """Gives one measurement for each record, in order, whatever the batch."""
        ...

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE, /) -> Summary:
        """Sums a dataset up; an empty dataset has figures without values."""
        ...


@runtime_checkable
class FittedMetric(Metric, Protocol):
    """A metric that learns from all datasets of a run before it combines any of them."""

    def fit(self, measurements: Iterable[Measurement], tools: Tools, /) -> Fit:
        """Learns from the measurements of all datasets of a run."""
        ...


@runtime_checkable
class Sampled(Protocol):
    """A metric that is too dear for every record, and measures a sample of them."""

    @property
    def sample(self) -> int:
        """The number of records that are measured; 0 stands for all."""
        ...


@runtime_checkable
class Seeded(Protocol):
    """A metric that draws at random: a run gives it its own seed."""

    @property
    def seed(self) -> int:
        """The seed of its draws."""
        ...
