"""One finished run: the only reader of a run folder, for pages, selection and comparisons."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import orjson

from vlitqa.algorithms.arrays import Floats
from vlitqa.catalogue import METRICS, metric_with, suggestion
from vlitqa.containers.built import BUILD_INFO
from vlitqa.errors import UsageError
from vlitqa.results import FaultyRow, Figure, Labels, Measurement, RunInfo, Scorecard, Scored
from vlitqa.results.agreement import AgreementResult, agreement_from_json
from vlitqa.results.annotation import AnnotationRounds, annotation_rounds_from_json
from vlitqa.results.building import BuildResult, DroppedDraft, build_result_from_json
from vlitqa.results.evidence import InstructionsEvidence, evidence_of
from vlitqa.results.exams import ExamResult, exam_results_from_json
from vlitqa.results.groups import SOURCE_LABEL
from vlitqa.runs.built import read_dropped_drafts
from vlitqa.runs.damage import damage_errors
from vlitqa.runs.folder import AGREEMENT, EXAM_RESULTS, FINDINGS, LABEL_REPORT, REJECTS
from vlitqa.runs.gallery import Exhibit, read_gallery
from vlitqa.runs.stored import read_column, read_findings, read_labels, read_measurements, read_run_info, read_scorecard

if TYPE_CHECKING:
    import networkx

_Content = TypeVar("_Content")


@dataclass(frozen=True, kw_only=True)
class FinishedRun:
    """The content of a run folder; large files are read when they are first asked for."""

    folder: Path
    name: str
    """The name of the dataset, or what a page calls the run."""
    card: Scorecard
    info: RunInfo
    shown: tuple[Exhibit, ...] | None = None
    """Exhibits in place of those that its folder keeps."""
    _values: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    @property
    def metrics(self) -> list[str]:
        """The names of its metrics, in the order of the scorecard."""
        return [scored.metric for scored in self.card.scored]

    @cached_property
    def rows(self) -> list[int]:
        """The rows that hold a record, counted from 0."""
        return [row - 1 for row in self.column(self.metrics[0], "row")] if self.metrics else []

    @cached_property
    def ids(self) -> list[str]:
        """The id of each record."""
        return self.column(self.metrics[0], "record") if self.metrics else []

    @cached_property
    def exhibits(self) -> list[Exhibit]:
        """The rows that a page shows, with their pictures."""
        return list(read_gallery(self.folder) if self.shown is None else self.shown)

    @cached_property
    def labels(self) -> Mapping[str, Labels]:
        """The labels of each turn, by metric and row."""
        return read_labels(self.folder)

    @cached_property
    def faulty(self) -> Mapping[str, Sequence[FaultyRow]]:
        """The rows that have a fault, by the metric that found it."""
        faulty = read_findings(self.folder)
        with damage_errors(self.folder / FINDINGS):
            for strange in {fault.row for rows in faulty.values() for fault in rows}.difference(self.rows):
                raise ValueError(f"row {strange + 1} is none of its records")
        return faulty

    @cached_property
    def exams(self) -> Sequence[ExamResult]:
        """The exam results that evaluators put into the folder."""
        return _read_if_present(self.folder / EXAM_RESULTS, exam_results_from_json) or ()

    @cached_property
    def agreement(self) -> AgreementResult | None:
        """The agreement of raters, or of quality with exams, if evaluators put it into the folder."""
        return _read_if_present(self.folder / AGREEMENT, agreement_from_json)

    @cached_property
    def build(self) -> BuildResult | None:
        """How its dataset was built, if `vlitqa build` made it in this folder."""
        return _read_if_present(self.folder / BUILD_INFO, build_result_from_json)

    @cached_property
    def annotation(self) -> AnnotationRounds | None:
        """What people's labels of its rows come to, if `vlitqa annotate --report` put it into the folder."""
        return _read_if_present(self.folder / LABEL_REPORT, annotation_rounds_from_json)

    def dropped_drafts(self, most_of_a_code: int) -> list[DroppedDraft]:
        """The first drafts that a build dropped for each fault."""
        return read_dropped_drafts(self.folder, most_of_a_code)

    def require(self, metric: str) -> None:
        """Raises UsageError where the run did not measure a metric."""
        if metric not in self.metrics:
            measure = shlex.join(("vlitqa", "score", self.info.dataset, "--metrics", metric))
            repair = (
                f"`{measure}` measures it in a run of its own." if metric in METRICS else suggestion(metric, METRICS)
            )
            raise UsageError(
                f"The run did not measure {metric!r}; it holds {', '.join(self.metrics)}.",
                repair=repair,
            )

    def require_values(self, metric: str) -> None:
        """Raises UsageError where the run has no value of a metric, with the reason."""
        self.require(metric)
        if self.rows and not self.has_values(metric):
            raise self._lack(metric, "value", "none of its rows was measured")

    def require_labels(self, metric: str) -> None:
        """Raises UsageError where the run has no label of a metric and no value of it, with the reason."""
        if metric == SOURCE_LABEL:
            self._require_groups()
            return
        self.require(metric)
        if self.rows and metric not in self.labels and not self.has_values(metric):
            raise self._lack(metric, "label", "none of its rows has one")

    def _require_groups(self) -> None:
        """Raises UsageError where the dataset was not scored by the groups of its rows."""
        if self.card.by_group is None:
            measure = shlex.join(("vlitqa", "score", self.info.dataset, "--by", SOURCE_LABEL))
            repair = f"`{measure}` makes a run that does; what was measured is in the cache."
            raise UsageError("The run does not say of which source each row is.", repair=repair)

    def _lack(self, metric: str, what: str, otherwise: str) -> UsageError:
        """The error that a run has nothing of a metric that it measured, with the reason of its figures."""
        scored = self.scored(metric)
        reasons = [figure.reason for figure in scored.summary.figures if figure.reason] if scored else []
        return UsageError(
            f"The run has no {what} of {metric!r}: {reasons[0] if reasons else otherwise}.",
            repair="Leave the rule out; if the metric lacks a tool, `vlitqa doctor` names it.",
        )

    def values(self, metric: str) -> Floats:
        """The value of each record; NaN for a record without one."""
        if metric not in self._values:
            column = self.column(metric, "value")
            self._values[metric] = np.array([np.nan if value is None else value for value in column], np.float64)
        return self._values[metric]

    def value_of_row(self, metric: str) -> Mapping[int, float | None]:
        """The value of a metric by row; None for a row without one."""
        return dict(zip(self.rows, self.column(metric, "value"), strict=True))

    def has_values(self, metric: str) -> bool:
        """True if any record has a value of a metric."""
        return metric in self.metrics and bool(np.isfinite(self.values(metric)).any())

    def column(self, metric: str, name: str) -> list[Any]:
        """One column of the measurements of a metric, in the order of the rows."""
        return read_column(self.folder, metric, name)

    def measurements(self, metric: str) -> Iterator[Measurement]:
        """The measurements of one metric, with their evidence."""
        return read_measurements(self.folder, metric)

    def scored(self, metric: str) -> Scored | None:
        """The summary and the provenance of a metric, if it was measured."""
        return self.card.of_metric(metric)

    def figure(self, metric: str, name: str, variant: str) -> Figure | None:
        """One figure of a metric, if it has that figure."""
        return self.card.figure(metric, name, variant)

    @cached_property
    def _rows_by_code(self) -> Mapping[str, set[int]]:
        rows: defaultdict[str, set[int]] = defaultdict(set)
        for faulty in self.faulty.values():
            for fault in faulty:
                rows[fault.code].add(fault.row)
        return rows

    def rows_with(self, code: str) -> set[int]:
        """The rows in which a metric found this fault; of equal rows all but the first."""
        return self._rows_by_code.get(code, set())

    def copies(self, code: str) -> Mapping[int, int]:
        """Of each row that repeats another one in this way: the first of those that are alike."""
        faults = (fault for faulty in self.faulty.values() for fault in faulty)
        return {fault.row: fault.of_row for fault in faults if fault.code == code and fault.of_row is not None}

    def graph(self, label: str = "", *, words: int = 36, edges: int = 100) -> networkx.Graph[str]:
        """The graph of the words that instructions use together; raises UsageError where they were not measured.

        A label takes the rows alone of which an instruction has it, as a label of any metric.
        """
        from vlitqa.runs.instruction_graph import build_instruction_graph

        metric = metric_with(InstructionsEvidence, self.metrics)
        if not metric:
            raise UsageError("The run did not measure instructions.", repair=f"It holds {', '.join(self.metrics)}.")
        rows = self._rows_labelled(label) if label else set(self.rows)
        measured = (one for one in self.measurements(metric) if one.evidence and one.place.row in rows)
        turns = (turn for one in measured for turn in evidence_of(one, InstructionsEvidence).turns)
        return build_instruction_graph((turn.words.split() for turn in turns), words=words, edges=edges)

    def _rows_labelled(self, label: str) -> set[int]:
        """The rows with a label; raises UsageError where there are none."""
        by_row = [row_turns for labels in self.labels.values() for row_turns in labels.items()]
        rows = {row for row, turns in by_row if any(label in turn for turn in turns)}
        if not rows:
            every = {one for _, turns in by_row for turn in turns for one in turn}
            raise UsageError(f"No instruction has the label {label!r}.", repair=suggestion(label, every))
        return rows

    def rejects(self, most: int) -> list[Mapping[str, Any]]:
        """The first rows that could not be read, as many as asked for."""
        with damage_errors(self.folder / REJECTS), (self.folder / REJECTS).open("rb") as file:
            return [orjson.loads(line) for line in islice(file, most)]


def open_run(folder: Path, name: str = "") -> FinishedRun:
    """Opens a run folder; raises FolderIncomplete if it holds no finished run."""
    card = read_scorecard(folder)
    return FinishedRun(folder=folder, name=name or card.dataset, card=card, info=read_run_info(folder))


def _read_if_present(path: Path, parse: Callable[[bytes], _Content]) -> _Content | None:
    """Reads a file that evaluators may have put beside a run; None without one, RunError for a damaged one."""
    with damage_errors(path, "Move it away, or write it again."):
        content = path.read_bytes() if path.exists() else b""
        return parse(content) if content else None
