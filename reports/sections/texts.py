"""The lengths of the texts, their first words, and the turns that images stand in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.blocks import Block, Fold
from reports.cells import grid_of
from reports.chart_blocks import Histogram
from reports.scored import scored_with
from reports.sections.metrics import bins_of
from vlitqa.results.evidence import StatisticsEvidence, evidence_of
from vlitqa.runs.finished import FinishedRun

title = "Texts"
_HALVES = ("words of the instructions in a record", "words of the responses in a record")


def build(run: FinishedRun) -> Sequence[Block]:
    """The numbers of turns and words."""
    scored = scored_with(run, StatisticsEvidence)
    if scored is None:
        return []
    measured = (measurement for measurement in run.measurements(scored.metric) if measurement.value is not None)
    records = [evidence_of(measurement, StatisticsEvidence) for measurement in measured]
    instructions = np.array([record.words.instructions for record in records], np.float64)
    responses = np.array([record.words.responses for record in records], np.float64)
    charts: list[Block] = [
        Histogram(name, bins, "words")
        for name, values in zip(_HALVES, (instructions, responses), strict=True)
        if (bins := bins_of(values))
    ]
    if bins := bins_of(np.array([len(record.by_turn) for record in records], np.float64)):
        charts.append(Histogram("turns in a record", bins, "turns"))
    tables = (grid_of(table, table.title) for table in scored.summary.tables)
    return [Fold("words, turns and first words", (*charts, *tables))]
