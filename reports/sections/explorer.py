"""Rows to look at: the worst, the borderline, those whose votes differ, and some at random."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reports.blocks import Block, Explorer, MetricOnRow, Notice, Score
from reports.commands import selecting
from vlitqa.catalogue import better, card_of, metric_measuring, voting_metrics
from vlitqa.contracts import Principle
from vlitqa.results import Measurement
from vlitqa.results.faults import ERROR, FAULTS, NOTE, WARNING
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.gallery import Exhibit
from vlitqa.runs.remarkable import DISPUTED, WORST

title = "Samples"
_WITHOUT = "No rows were kept to be shown: the dataset was not there when this page was made."
_SPOKEN = 10
"""The most turns of a row whose votes are listed."""


def build(run: FinishedRun) -> Sequence[Block]:
    """The explorer of the rows that are shown; a notice where none are."""
    if not run.exhibits:
        return [Notice(_WITHOUT if run.rows else "The dataset has no records.")]
    codes = _codes_of_rows(run)
    exhibits = [_with_codes(exhibit, codes.get(exhibit.row, ())) for exhibit in run.exhibits]
    explorer = Explorer(
        exhibits=tuple(sorted(exhibits, key=_rank)),
        rows=tuple(run.rows),
        ids=tuple(run.ids),
        scores=tuple(_scores(run)),
        metrics={row: tuple(metrics) for row, metrics in _metrics_on_rows(run).items()},
        tasks={exhibit.row: tasks_of_row(run, exhibit) for exhibit in run.exhibits},
        command=selecting(run),
    )
    return [explorer]


def _codes_of_rows(run: FinishedRun) -> Mapping[int, Sequence[str]]:
    """The codes of all faults of each row."""
    codes: defaultdict[int, list[str]] = defaultdict(list)
    for fault in (fault for faulty in run.faulty.values() for fault in faulty):
        codes[fault.row].append(fault.code)
    return codes


def _with_codes(exhibit: Exhibit, codes: Sequence[str]) -> Exhibit:
    """A row with every fault that it has among its reasons, whatever reason it was chosen for."""
    return replace(exhibit, why=tuple(dict.fromkeys((*exhibit.why, *codes))))


def _rank(exhibit: Exhibit) -> tuple[int, ...]:
    """Rows with most errors come first, then those with most warnings, then the worst by most metrics."""
    severities = Counter(FAULTS[why].severity for why in exhibit.why if why in FAULTS)
    remarkable = sum(why.startswith((WORST, DISPUTED)) for why in exhibit.why)
    return (-severities[ERROR], -severities[WARNING], -remarkable, -severities[NOTE], exhibit.row)


def _scores(run: FinishedRun) -> Iterator[Score]:
    for metric in run.metrics:
        if run.has_values(metric):
            yield Score(metric, better(metric), run.values(metric), is_share=_counts(metric)[1])


def _metrics_on_rows(run: FinishedRun) -> Mapping[int, list[MetricOnRow]]:
    """Every metric's value of the rows that are shown, with its rank among all rows, or the reason why it has none."""
    place_of_row = {row: place for place, row in enumerate(run.rows)}
    rows = [exhibit.row for exhibit in run.exhibits if exhibit.row in place_of_row]
    metrics: dict[int, list[MetricOnRow]] = {row: [] for row in rows}
    for metric in run.metrics:
        if not run.has_values(metric):
            continue  # it speaks of datasets alone, or was not computed: the table of all figures says why
        values, reasons = run.values(metric), run.column(metric, "reason")
        ranked = np.sort(values[~np.isnan(values)])
        comments = _votes(run, metric, set(rows))
        for row in rows:
            value = float(values[place_of_row[row]])
            if np.isnan(value):
                metrics[row].append(MetricOnRow(metric, None, comment=reasons[place_of_row[row]]))
                continue
            ends = [np.searchsorted(ranked, value, side) for side in ("left", "right")]
            share_below = float(sum(ends)) / 2 / len(ranked)
            words, is_share = _counts(metric)
            on_row = MetricOnRow(metric, value, share_below, words, is_share, comments.get(row, ""))
            metrics[row].append(on_row)
    return metrics


def _counts(metric: str) -> tuple[str, bool]:
    """The thing that the value of a row counts, and whether it is a share."""
    card = card_of(metric)
    return (card.counts, card.gives_share) if card else ("", False)


def tasks_of_row(run: FinishedRun, exhibit: Exhibit) -> tuple[str, ...]:
    """The task labels of a row; where tasks were not measured, the task that the dataset names."""
    labels = run.labels.get(metric_measuring(Principle.TASK_DIVERSITY, run.metrics))
    if labels is None:
        return (exhibit.task,) if exhibit.task else ()
    return tuple(dict.fromkeys(label for turn in labels.get(exhibit.row, ()) for label in turn))


def _votes(run: FinishedRun, metric: str, shown: set[int]) -> Mapping[int, str]:
    """The votes on each turn, by row, and the words of a text that speak to the judge."""
    if metric not in voting_metrics():
        return {}
    measurements = (one for one in run.measurements(metric) if one.place.row in shown and one.value is not None)
    return {measurement.place.row: _describe_votes(measurement) for measurement in measurements}


def _describe_votes(measurement: Measurement) -> str:
    turns: Sequence[Mapping[str, Any]] = measurement.evidence.get("turns", ())
    sentences = []
    for place, turn in enumerate(turns[:_SPOKEN], 1):
        right, wrong = turn["votes"]
        words = f"turn {place}: {right} for correct, {wrong} for incorrect"
        if "chance" in turn:
            words += f", chance of correct {turn['chance']:.2f}"
        if turn.get("suspicions"):
            words += f", addresses the judge ({', '.join(turn['suspicions'])})"
        sentences.append(words)
    rest = len(turns) - _SPOKEN
    return "; ".join([*sentences, f"and {rest:,} turns more"] if rest > 0 else sentences)
