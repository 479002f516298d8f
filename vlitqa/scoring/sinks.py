"""Receivers of the measurements of a run: one keeps them in memory for a check, one writes them into a run folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from vlitqa.contracts import Measured, Metric, Outcome
from vlitqa.contracts.tools import Tools
from vlitqa.records import Place, Record, Reject
from vlitqa.results import Measurement
from vlitqa.runs.folder import MeasurementWriter
from vlitqa.scoring.job import Job

_NO_TOOLS = cast(Tools, None)
"""Reading a rating needs none."""


class MemorySink:
    """Keeps the measurements of a check."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._positions = {metric.card.name: position for position, metric in enumerate(metrics)}
        self._outcomes: list[Outcome] = []
        self.rejected: defaultdict[str, list[Place]] = defaultdict(list)
        """The places of the rejects, by code."""

    def add(self, measured: Sequence[Measured]) -> None:
        """Keeps the measurements of records; the records themselves may go."""
        self._outcomes += [outcome for _, outcome in measured]

    def reject(self, reject: Reject) -> None:
        """Keeps the place of a row that could not be read."""
        self.rejected[reject.code].append(reject.place)

    @property
    def places(self) -> Mapping[int, Place]:
        """The place of each record, by its row."""
        return {outcome[0].place.row: outcome[0].place for outcome in self._outcomes}

    def measurements_of(self, metric: Metric) -> Iterable[Measurement]:
        """Returns the measurements of one metric, in the order of the rows."""
        position = self._positions[metric.card.name]
        return (outcome[position] for outcome in self._outcomes)


class FolderSink:
    """Writes the measurements and rejects of one file into its run folder, and keeps the groups of the records.

    Ratings are read here, where the rows are, and stand behind the measurements of the metrics.
    """

    def __init__(self, writer: MeasurementWriter, job: Job) -> None:
        self._writer, self._file_name, self._grouping = writer, job.dataset.name, job.grouping
        self._ratings = job.ratings
        self.groups: dict[int, str] = {}
        """By row: the group of each record, where there are groups."""

    def add(self, measured: Sequence[Measured]) -> None:
        """Writes the measurements of records."""
        self._writer.add([(record, (*outcome, *self._rate(record))) for record, outcome in measured])
        if self._grouping:
            self.groups.update((record.place.row, self._grouping.group_of(record)) for record, _ in measured)

    def _rate(self, record: Record) -> list[Measurement]:
        return [rating.measure([record], _NO_TOOLS)[0] for rating in self._ratings]

    def reject(self, reject: Reject) -> None:
        """Writes a row that could not be read."""
        self._writer.reject(reject, self._file_name)
