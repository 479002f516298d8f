"""Which metrics say the same of a row, and which contradict each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.blocks import Block
from reports.chart_blocks import HeatMap
from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.rank_correlation import spearman
from vlitqa.runs.finished import FinishedRun

title = "Metrics together"
_FEWEST = 4
"""Rows of which a rank correlation says anything."""
_MOST = 20_000
"""Rows that are compared: of more, so many evenly from all of them."""


def build(run: FinishedRun) -> Sequence[Block]:
    """The rank correlations of all metrics over the rows."""
    found = {each.metric: _drawn(run.values(each.metric)) for each in run.card.scored}
    values = {name: each for name, each in found.items() if _varies(each)}
    if len(values) < 2:
        return []
    names = tuple(values)
    rho = {(one, other): _rho(values[one], values[other]) for at, one in enumerate(names) for other in names[: at + 1]}
    rows = tuple(tuple(rho.get((one, other), rho.get((other, one))) for other in names) for one in names)
    note = (
        "Spearman's rank correlation of the values of the rows that both metrics measured. Near 1, one of the two "
        "is enough; near -1, a rule on one drops rows that the other prefers. Hatched: too few rows, or equal values."
    )
    return [HeatMap("how metrics rank the rows", names, names, rows, note)]


def _drawn(values: Floats) -> Floats:
    return values[:: max(1, -(-len(values) // _MOST))]


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return len(known) >= _FEWEST and bool(known.min() < known.max())


def _rho(one: Floats, other: Floats) -> float | None:
    both = ~(np.isnan(one) | np.isnan(other))
    return spearman(one[both].tolist(), other[both].tolist()) if int(both.sum()) >= _FEWEST else None
