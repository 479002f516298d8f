"""Parts of a run that sections speak of: a metric is found by its evidence or its principle, never by its name."""

from __future__ import annotations

from vlitqa.catalogue import metric_measuring, metric_with
from vlitqa.contracts import Principle
from vlitqa.results import Scored
from vlitqa.results.evidence import TypedEvidence
from vlitqa.runs.finished import FinishedRun


def scored_with(run: FinishedRun, evidence: type[TypedEvidence]) -> Scored | None:
    """The summary of the metric whose evidence has this type, if the run has it."""
    return run.scored(metric_with(evidence, run.metrics))


def scored_by(run: FinishedRun, principle: Principle) -> Scored | None:
    """The summary of the metric that stands for a principle, if the run has it."""
    return run.scored(metric_measuring(principle, run.metrics))
