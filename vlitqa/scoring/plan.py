"""The plan of a run: its metrics, tools and rows; where measurements go, and the counts of what was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts import Engine, Measured, Metric, Observer
from vlitqa.records import Reject
from vlitqa.results.findings import FaultPlaces
from vlitqa.scoring.cache import Cache

BATCH = 64
"""Rows that are read at once, and records that an engine gets at once."""
BATCH_BYTES = 16 << 20
"""Bytes after which a batch is closed before it has so many: rows that hold photographs weigh megabytes each."""
Samples = tuple[frozenset[int] | None, ...]
"""For each metric the rows that it measures; None stands for all rows, and so does an empty tuple."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The metrics of a run, their tools, and the rows that they measure."""

    metrics: tuple[Metric, ...]
    toolbox: Toolbox
    limit: int | None = None
    """Number of records after which reading stops."""
    rows: frozenset[int] | None = None
    """The rows of a sample that was drawn; None for all."""
    samples: Samples = ()
    """Rows of single metrics that are too expensive for all."""


class Sink(Protocol):
    """A receiver of measurements and rejects, in the order of the rows."""

    def add(self, measured: Sequence[Measured]) -> None:
        """Takes records with a measurement of every metric."""
        ...

    def reject(self, reject: Reject) -> None:
        """Takes a row that could not be read."""
        ...


@dataclass(frozen=True, slots=True)
class RunResources:
    """The engine, the observer and the cache of a run."""

    engine: Engine
    observer: Observer
    cache: Cache | None = None


@dataclass(slots=True)
class Tally:
    """Counts of what was read and measured so far."""

    rows: int = 0
    records: int = 0
    """Records that were measured."""
    rejects: int = 0
    rejected: defaultdict[str, FaultPlaces] = field(default_factory=lambda: defaultdict(FaultPlaces))
    """By code: the rejects, and the loose commas that the reader passed over."""
    cut_off: bool = False
    """True if the file ended before its content did."""
    has_videos: bool = False
    """True if a record that was measured has a video."""
    failed: int = 0
    """Measurements that are missing because of a metric or a worker."""
    from_cache: int = 0
    """Measurements that an earlier run had made."""
