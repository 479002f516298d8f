"""Parts of a run that sections speak of: a metric is found by its evidence or its principle, never by its name."""

from __future__ import annotations

from vlitqa.catalogue import metric_of, metric_with
from vlitqa.contracts import Principle
from vlitqa.results import Scored
from vlitqa.results.evidence import TypedEvidence
from vlitqa.runs.finished import Run


def scored_with(run: Run, evidence: type[TypedEvidence]) -> Scored | None:
    """The summary of the metric whose evidence has this type, if the run has it."""
    return run.scored(metric_with(evidence, _metrics(run)))


def scored_by(run: Run, principle: Principle) -> Scored | None:
    """The summary of the first metric of a principle, if the run has one."""
    return run.scored(metric_of(principle, _metrics(run)))


def _metrics(run: Run) -> list[str]:
    return [scored.metric for scored in run.card.scored]
