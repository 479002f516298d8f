"""The rank correlations of metrics over the rows: agreement and contradiction."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np

from reports.blocks import Block
from reports.chart_blocks import HeatMap
from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.rank_correlation import spearman
from vlitqa.catalogue import card_of
from vlitqa.runs.finished import FinishedRun

title = "Metrics together"
_FEWEST = 4
"""The fewest rows that a rank correlation needs."""
_MOST = 20_000
"""The most rows that are compared, evenly from all rows."""


def build(run: FinishedRun) -> Sequence[Block]:
    """The rank correlations of all metrics over the rows."""
    samples = {metric: _thin(run.values(metric)) for metric in run.metrics}
    values = {metric: sample for metric, sample in samples.items() if _varies(sample)}
    if len(values) < 2:
        return []
    names = tuple(values)
    rho = {pair: _rho(*map(values.__getitem__, pair)) for pair in combinations_with_replacement(names, 2)}
    rows = tuple(tuple(rho.get((one, other), rho.get((other, one))) for other in names) for one in names)
    note = (
        "Spearman's rank correlation of the values of the rows that both metrics measured. Near 1, one of the two "
        "is enough; near -1, a rule on one drops rows that the other prefers. Hatched: too few rows. Metrics whose "
        f"rows have one value are left out. The value of a row is not the dataset's figure: {_counts(names)}."
    )
    return [HeatMap("rank correlation of metrics over the rows", names, names, rows, note)]


def _counts(metrics: Sequence[str]) -> str:
    """The things that the values of rows count, metric by metric."""
    return "; ".join(f"{metric}, {card.counts}" for metric in metrics if (card := card_of(metric)) and card.counts)


def _thin(values: Floats) -> Floats:
    return values[:: max(1, -(-len(values) // _MOST))]


def _varies(values: Floats) -> bool:
    measured = values[~np.isnan(values)]
    return len(measured) >= _FEWEST and bool(measured.min() < measured.max())


def _rho(one: Floats, other: Floats) -> float | None:
    both = ~(np.isnan(one) | np.isnan(other))
    return spearman(one[both].tolist(), other[both].tolist()) if int(both.sum()) >= _FEWEST else None
