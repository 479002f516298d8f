"""Rows to look at: the worst, the borderline, those over which votes differ, and any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reports.blocks import Block, Explorer, Notice, Score
from reports.commands import selecting
from reports.run import Run
from vlitqa.catalogue import better
from vlitqa.results import Measurement

title = "Samples"


def build(run: Run) -> Sequence[Block]:
    if not run.exhibits:
        return [Notice("No rows were kept to be shown: the dataset was not there when this page was made.")]
    scores = [
        Score(each.metric, better(each.metric), values)
        for each in run.card.scored
        if not np.isnan(values := run.values(each.metric)).all()
    ]
    explorer = Explorer(tuple(run.exhibits), tuple(run.rows), tuple(run.ids), tuple(scores), _said(run), selecting(run))
    return [explorer]


def _said(run: Run) -> Mapping[int, Mapping[str, str]]:
    """What is to be said of the scores of the rows that are shown: why there is none, and how the judge voted."""
    shown = {each.row for each in run.exhibits}
    said: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for scored in run.card.scored:
        reasons = zip(run.rows, run.column(scored.metric, "reason"), strict=True)
        for row, reason in reasons:
            if row in shown and reason:
                said[row][scored.metric] = reason
    if run.scored("accuracy"):
        for each in run.measurements("accuracy"):
            if each.place.row in shown and each.value is not None:
                said[each.place.row]["accuracy"] = _votes(each)
    return said


def _votes(measured: Measurement) -> str:
    """How the votes on each turn fell, and what in a text speaks to a judge."""
    turns: Sequence[Mapping[str, Any]] = measured.evidence.get("turns", ())
    told = []
    for place, turn in enumerate(turns, 1):
        right, wrong = turn["votes"]
        words = f"turn {place}: {right} for correct, {wrong} for incorrect"
        if "chance" in turn:
            words += f", chance of correct {turn['chance']:.2f}"
        if turn.get("suspicions"):
            words += f", speaks to the judge ({', '.join(turn['suspicions'])})"
        told.append(words)
    return "; ".join(told)
