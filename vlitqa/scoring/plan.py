"""What a run measures, with which tools, on which rows; what it works with, and what has happened so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import Engine, Measured, Metric, Observer
from vlitqa.records import Reject
from vlitqa.results.findings import Seen
from vlitqa.scoring.cache import Cache

BATCH = 64
"""Rows that are read, and records that an engine gets, at once."""
Samples = tuple[frozenset[int] | None, ...]
"""For each metric the rows that it measures; None stands for all, and so does no sample at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
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

    def add(self, measured: Sequence[Measured]) -> None:
        """Takes records with a measurement of every metric."""
        ...

    def reject(self, reject: Reject) -> None:
        """Takes a row that could not be read."""
        ...


@dataclass(frozen=True, slots=True)
class RunResources:
    """What a run works with: where work runs, who is told, and what is remembered."""

    engine: Engine
    observer: Observer
    cache: Cache | None = None


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
