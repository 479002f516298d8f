"""The values that a run finds out: Measurement, Summary, Scorecard and RunInfo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from typing import Any

from msgspec import Struct

from vlitqa.records import NOWHERE, Place, Record
from vlitqa.results.people import PeopleVerdicts

Evidence = Mapping[str, Any]
"""JSON that a metric keeps of a record: enough to combine the dataset from measurements alone."""

ONLY_IF_SET = {"only_if_set": True}
"""Marks a field whose default is left out of JSON."""


OTHER_TOOLS = "other tools"
"""The part of a provenance that names, by kind, the tools that the paper did not use."""
ALL_RECORDS = "all records"
"""The sample of a run that left none out."""


class Status(StrEnum):
    """Why a measurement has a value, or has none."""

    OK = "ok"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"
    NOT_MEASURED = "not_measured"
    MISSING_IMAGE = "missing_image"
    BAD_IMAGE = "bad_image"
    EMPTY_TEXT = "empty_text"
    JUDGE_UNPARSABLE = "judge_unparsable"
    JUDGE_UNAVAILABLE = "judge_unavailable"
    TOO_LONG = "too_long"
    WORKER_KILLED = "worker_killed"


WENT_WRONG = frozenset((Status.FAILED, Status.WORKER_KILLED, Status.JUDGE_UNAVAILABLE))
"""Statuses of measurements that are missing because of a metric, a worker or a judge, not because of a record."""


class Measurement(Struct, frozen=True, gc=False):
    """The value of one metric for one record, or a status and the reason why it has none."""

    value: float | None
    status: Status = Status.OK
    reason: str = ""
    evidence: Evidence = {}
    place: Place = NOWHERE
    record_id: str = ""


def unmeasured(record: Record, status: Status, reason: str) -> Measurement:
    """The measurement of a record that has no value, and why."""
    return Measurement(None, status, reason, {}, record.place, record.id)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a dataset, with its interval and what it left out."""

    name: str
    variant: str
    value: float | None
    _: KW_ONLY
    direction: str = "none"
    """`up` where more is better, `down` where less is, `none` where neither is."""
    interval: tuple[float, float] | None = None
    measured: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    unit: str = ""
    failed: bool = field(default=False, metadata=ONLY_IF_SET)
    """Tells whether there is no value because the metric failed."""
    doubt: str = field(default="", metadata=ONLY_IF_SET)
    """The reason why its value says nothing, such as a judge that cannot tell right from wrong; empty where it does."""

    @classmethod
    def without(cls, name: str, variant: str, reason: str, **fields: Any) -> Figure:
        """A figure that has no value, and why."""
        return cls(name, variant, None, reason=reason, **fields)


@dataclass(frozen=True, slots=True)
class Table:
    """A small table that belongs to a summary, such as images by turn."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault: how many rows have it, the first few, and what to do."""

    code: str
    severity: str
    """`error`, `warning` or `note`."""
    rows: int
    _: KW_ONLY
    examples: tuple[str, ...]
    """The first places: lines of the file, or rows where lines would not tell them apart."""
    meaning: str
    repair: str = ""
    detail: str = ""
    """The reason at the first place, such as the field and reason of a reject."""


Labels = Mapping[int, Sequence[tuple[str, ...]]]
"""By row: the labels of each of its turns."""


class FaultyRow(Struct, frozen=True, gc=False):
    """A row that has a fault."""

    row: int
    """Counted from 0."""
    code: str
    of_row: int | None = None
    """The row that it repeats, where the fault is a repetition."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures, tables and findings of one metric for a whole dataset."""

    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    findings: tuple[Finding, ...] = ()
    _: KW_ONLY
    counts: Mapping[str, int] = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)
    """Kept in a file of their own, as are the rows that are faulty."""
    tags: Labels = field(default_factory=dict, metadata=ONLY_IF_SET)
    """Labels before any is left out for being rare: for metrics that read them, and not kept."""
    faulty: tuple[FaultyRow, ...] = field(default=(), metadata=ONLY_IF_SET)
    """The rows that have a fault, in their order."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A metric's summary beside its provenance: version, parameters, tools and seed."""

    metric: str
    provenance: Mapping[str, Any]
    summary: Summary

    @property
    def other_tools(self) -> tuple[str, ...]:
        """The tools behind its `original` figures that the paper did not use; none where a run kept no such names."""
        return tuple(self.provenance.get(OTHER_TOOLS, {}).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """The summaries of all metrics for one dataset; the same bytes for the same data, options and versions."""

    dataset: str
    sha256: str
    format: str
    container: str
    rows: int
    records: int
    rejects: int
    rejected: tuple[Finding, ...]
    """The rejects by their code."""
    cut_off: bool
    failed: int
    """Measurements that no metric could make because its code failed, its worker died or its judge did not answer."""
    sample: str
    seed: int
    scored: tuple[Scored, ...]
    unread_fields: tuple[str, ...] = field(default=(), metadata=ONLY_IF_SET)
    """Fields that the rows have and that their format does not read."""
    people: PeopleVerdicts | None = field(default=None, metadata=ONLY_IF_SET)
    """The verdicts of people, if there are any."""

    def findings(self) -> list[Finding]:
        """All findings: rejected rows first, then those of each metric."""
        return [*self.rejected, *(finding for scored in self.scored for finding in scored.summary.findings)]

    def rows_searched(self, finding: Finding) -> int:
        """The number of rows in which a finding was looked for: all for rejects, otherwise the records measured."""
        return self.rows if finding in self.rejected else self.records


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReading:
    """How a dataset was read, where its content did not decide."""

    format: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    images: str = ""
    """A file of images by name."""
    image_roots: Sequence[str] = ()
    home: str = ""
    """The folder of its images and settings, where that is not its own."""
    files: Sequence[str] = field(default=(), metadata=ONLY_IF_SET)
    """The files that were one dataset together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """The circumstances of a run: written last, so a folder that holds it is complete."""

    command: Sequence[str]
    dataset: str
    reading: StoredReading
    version: str
    packages: Mapping[str, str]
    engine: str
    workers: int
    started: str
    finished: str
    seconds: float
    from_cache: int
    """Measurements that an earlier run had already made."""


def align_figures(cards: Sequence[Scorecard]) -> Mapping[str, Mapping[tuple[str, str], Mapping[int, Figure]]]:
    """The figures of every metric, by name and variant and then by the place of the scorecard."""
    metrics: dict[str, dict[tuple[str, str], dict[int, Figure]]] = {}
    for place, card in enumerate(cards):
        for scored in card.scored:
            figures = metrics.setdefault(scored.metric, {})
            for figure in scored.summary.figures:
                figures.setdefault((figure.name, figure.variant), {})[place] = figure
    return metrics
