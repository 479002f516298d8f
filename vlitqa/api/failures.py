"""Measurements of a run that failed."""

from __future__ import annotations

from vlitqa.api.messages import tell
from vlitqa.results import WENT_WRONG
from vlitqa.runs.stored import read_column
from vlitqa.scoring.score import ScoredDataset

_MOST_FAILURES = 5
"""Failed measurements that are named of many."""


def tell_failures(scored: ScoredDataset) -> None:
    """Names the metric, the row and the reason of the first failed measurements of a run."""
    if not scored.card.failed:
        return
    left = _MOST_FAILURES
    for metric in (of_metric.metric for of_metric in scored.card.scored):
        columns = (read_column(scored.folder, metric, name) for name in ("row", "status", "reason"))
        for row, status, reason in zip(*columns, strict=True):
            if status in WENT_WRONG and left:
                left -= 1
                tell(f"{scored.dataset.name}, row {row}: {metric} failed: {reason}")
