"""Metrics: one idea of data quality each, measured per record and combined per dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

from vlitqa.contracts.tools import Tools
from vlitqa.records import Record
from vlitqa.results import Labels, Measurement, Summary
from vlitqa.results.evidence import TypedEvidence


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
    evidence: ClassVar[type[TypedEvidence]]
    """The type of its evidence; NoEvidence where it needs none."""

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


@runtime_checkable
class Sampled(Protocol):
    """A metric that is too dear for every record, and measures a sample of them."""

    @property
    def sample(self) -> int:
        """How many records are measured; 0 stands for all."""
        ...


@runtime_checkable
class Seeded(Protocol):
    """A metric that draws at random: a run gives it its own seed."""

    @property
    def seed(self) -> int:
        """The seed of what it draws."""
        ...
