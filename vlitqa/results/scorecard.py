"""The values that a run finds out: Measurement, Scorecard and RunInfo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from msgspec import Struct

from vlitqa.records import NOWHERE, Place, Record
from vlitqa.results.figures import ONLY_IF_SET, Figure, Finding, Scored
from vlitqa.results.groups import ScoresByGroup
from vlitqa.results.people import PeopleVerdicts

Evidence = Mapping[str, Any]
"""JSON that a metric keeps of a record: enough to combine the dataset from measurements alone."""


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
    frames: int = field(default=0, metadata=ONLY_IF_SET)
    """Frames that stood for each video among the images, where the rows have videos."""
    people: PeopleVerdicts | None = field(default=None, metadata=ONLY_IF_SET)
    """The verdicts of people, if there are any."""
    by_group: ScoresByGroup | None = field(default=None, metadata=ONLY_IF_SET)
    """The figures by group, where a user asked for them."""

    def findings(self) -> list[Finding]:
        """All findings: rejected rows first, then those of each metric."""
        return [*self.rejected, *(finding for scored in self.scored for finding in scored.summary.findings)]

    def of_metric(self, metric: str) -> Scored | None:
        """The summary and the provenance of a metric, if it was measured."""
        return next((scored for scored in self.scored if scored.metric == metric), None)

    def figure(self, metric: str, name: str, variant: str) -> Figure | None:
        """One figure of a metric, if it has that figure."""
        scored = self.of_metric(metric)
        figures = scored.summary.figures if scored else ()
        return next((figure for figure in figures if (figure.name, figure.variant) == (name, variant)), None)

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
    frames: int = field(default=0, metadata=ONLY_IF_SET)
    """Frames that stood for each video among the images."""


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
