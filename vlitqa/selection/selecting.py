"""Quality control: the rows of a finished run that stay, and a ledger with the reason for every row.

Rules on single rows come first, then rules on the labels of all rows that are left, and a budget comes last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vlitqa.catalogue import better, metric_measuring
from vlitqa.contracts import Principle
from vlitqa.errors import UsageError
from vlitqa.runs.finished import FinishedRun
from vlitqa.selection.label_rules import Budget, Cover
from vlitqa.selection.ledger import DROPPED, UNMEASURED, LedgerEntry
from vlitqa.selection.rules import Pool, Rule


@dataclass(slots=True)
class Selection:
    """The rows that are left, and the verdicts of all rules."""

    rows: list[int]
    """All rows that hold a record, counted from 0."""
    kept: set[int]
    ledger: list[LedgerEntry] = field(default_factory=list)
    dropped_by: Counter[str] = field(default_factory=Counter)
    """Rows by rule; a row that several rules would drop counts for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdEffect:
    """The number of rows that one threshold of a metric keeps."""

    sign: str
    quantile: float
    threshold: float
    rows: int


def select(run: FinishedRun, rules: Sequence[Rule], *, seed: int = 0, drop_unmeasured: bool = False) -> Selection:
    """Applies rules stage by stage, and within a stage in the order in which they are written."""
    selection = Selection(run.rows, set(run.rows))
    covered = covered_metric(rules)
    for rule in sorted(rules, key=lambda rule: rule.stage):
        entries = rule.judge(
            Pool(run=run, kept=selection.kept, seed=seed, covered=covered, drop_unmeasured=drop_unmeasured)
        )
        for entry in entries:
            is_dropped = entry.verdict == DROPPED or (entry.verdict == UNMEASURED and drop_unmeasured)
            if is_dropped and entry.row in selection.kept:
                selection.kept.discard(entry.row)
                selection.dropped_by[entry.rule] += 1
        selection.ledger += entries
    return selection


def what_if(run: FinishedRun, metric: str, steps: int = 21) -> list[ThresholdEffect]:
    """Counts the rows that thresholds at even quantiles of a metric keep."""
    run.require(metric)
    values = run.values(metric)[np.isfinite(run.values(metric))]
    if not len(values):
        return []
    sign = "<=" if better(metric) == "down" else ">="
    quantiles = np.linspace(0, 1, steps)
    curve: dict[float, ThresholdEffect] = {}
    for quantile, threshold in zip(quantiles.tolist(), np.quantile(values, quantiles).tolist(), strict=True):
        is_kept = values <= threshold if sign == "<=" else values >= threshold
        effect = ThresholdEffect(sign=sign, quantile=quantile, threshold=threshold, rows=int(is_kept.sum()))
        curve.setdefault(threshold, effect)
    return list(curve.values())


def covered_metric(rules: Sequence[Rule]) -> str:
    """The metric whose labels a budget takes in turn; raises UsageError where a rule says it of no budget."""
    covers = [rule for rule in rules if isinstance(rule, Cover)]
    if not covers:
        return metric_measuring(Principle.TASK_DIVERSITY)
    if len(covers) > 1 or not any(isinstance(rule, Budget) for rule in rules):
        raise UsageError(f"{covers[-1].text} says what one budget takes in turn.", repair="Give one, and a --budget.")
    return covers[0].metric
