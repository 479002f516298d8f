"""How long the texts are, how they begin, and in which turn images stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.blocks import Block, Grid
from reports.chart_blocks import Histogram
from reports.sections.metrics import bins_of
from vlitqa.runs.finished import FinishedRun

title = "Texts"
_HALVES = ("words of the instructions in a record", "words of the responses in a record")


def build(run: FinishedRun) -> Sequence[Block]:
    scored = run.scored("statistics")
    if scored is None:
        return []
    words: list[Sequence[int]] = []
    turns: list[int] = []
    for each in run.measurements("statistics"):
        if each.value is not None:
            words.append(each.evidence["words"])
            turns.append(len(each.evidence["by_turn"]))
    found = [np.array([pair[half] for pair in words], np.float64) for half in (0, 1)]
    charts: list[Block] = [
        Histogram(name, bins, "words") for name, values in zip(_HALVES, found, strict=True) if (bins := bins_of(values))
    ]
    if bins := bins_of(np.array(turns, np.float64)):
        charts.append(Histogram("turns in a record", bins, "turns"))
    return [*charts, *(Grid(table.title, table.columns, table.rows) for table in scored.summary.tables)]
