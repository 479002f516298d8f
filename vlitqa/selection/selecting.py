"""Quality control: which rows of a finished run stay, and a ledger that says of every row why it stayed or went.

Rules of single rows come first, then rules that look at what is left together, and a budget takes the best of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vlitqa.catalogue import better
from vlitqa.errors import UsageError
from vlitqa.runs.finished import FinishedRun
from vlitqa.selection.rules import DROPPED, UNMEASURED, Budget, Cover, Entry, Pool, Rule


@dataclass(slots=True)
class Selection:
    """The rows that are left, and every verdict on any."""

    rows: list[int]
    """Counted from 0, in their order: those with a record."""
    kept: set[int]
    ledger: list[Entry] = field(default_factory=list)
    dropped_by: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class KeptAbove:
    """How many rows one threshold of a metric keeps."""

    sign: str
    quantile: float
    threshold: float
    rows: int


def select(run: FinishedRun, rules: Sequence[Rule], *, seed: int = 0, drop_unmeasured: bool = False) -> Selection:
    """Applies the rules stage by stage, and within a stage in the order they were given."""
    selection = Selection(run.rows, set(run.rows))
    covered = _covered_metric(rules)
    for rule in sorted(rules, key=lambda rule: rule.stage):
        entries = rule.judge(Pool(run=run, kept=selection.kept, seed=seed, covered=covered))
        for entry in entries:
            goes = entry.verdict == DROPPED or (entry.verdict == UNMEASURED and drop_unmeasured)
            if goes and entry.row in selection.kept:
                selection.kept.discard(entry.row)
                selection.dropped_by[entry.rule] += 1
        selection.ledger += entries
    return selection


def what_if(run: FinishedRun, metric: str, steps: int = 21) -> list[KeptAbove]:
    """How many rows different thresholds keep, at even quantiles of a metric."""
    run.require(metric)
    values = run.values(metric)[np.isfinite(run.values(metric))]
    if not len(values):
        return []
    sign = "<=" if better(metric) == "down" else ">="
    quantiles = np.linspace(0, 1, steps)
    curve: dict[float, KeptAbove] = {}
    for quantile, threshold in zip(quantiles.tolist(), np.quantile(values, quantiles).tolist(), strict=True):
        kept = values <= threshold if sign == "<=" else values >= threshold
        curve.setdefault(threshold, KeptAbove(sign, quantile, threshold, int(kept.sum())))
    return list(curve.values())


def _covered_metric(rules: Sequence[Rule]) -> str:
    """The metric whose labels a budget takes in turn."""
    covers = [rule for rule in rules if isinstance(rule, Cover)]
    if not covers:
        return "tasks"
    if len(covers) > 1 or not any(isinstance(rule, Budget) for rule in rules):
        raise UsageError(f"{covers[-1].text} says what one budget takes in turn.", repair="Give one, and a --budget.")
    return covers[0].metric
