"""Holds the values of metrics against the verdicts of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from vlitqa.algorithms.intervals import grouped_share_interval
from vlitqa.algorithms.roc_area import roc_area
from vlitqa.contracts import Metric
from vlitqa.results import Measurement
from vlitqa.results.people import PeopleVerdicts, SeparationByMetric
from vlitqa.scoring.gold import JoinedGold
from vlitqa.scoring.summing import Source


def compare_with_people(gold: JoinedGold, metrics: Sequence[Metric], source: Source) -> PeopleVerdicts | None:
    """The verdicts on measured rows, and how well each metric with a better direction separates them.

    None without any.
    """
    rows = sorted({measurement.place.row for measurement in source(metrics[0])} & gold.rows.keys()) if gold.rows else ()
    if not rows:
        return None
    verdicts = [(row, verdict) for row in rows for verdict in gold.rows[row].values()]
    interval = grouped_share_interval(
        [float(verdict) for _, verdict in verdicts], [gold.groups[row] for row, _ in verdicts]
    )
    separations = (_separation(gold, metric, source(metric)) for metric in metrics if metric.card.better in _SIGNS)
    correct = sum(verdict for _, verdict in verdicts)
    return PeopleVerdicts(
        correct=correct,
        incorrect=len(verdicts) - correct,
        interval=interval,
        causes=Counter(cause for row in rows for cause in gold.causes.get(row, ())),
        separations=tuple(sorted(filter(None, separations), key=lambda separation: -separation.area)),
    )


_SIGNS = {"up": 1.0, "down": -1.0}


def _separation(gold: JoinedGold, metric: Metric, measurements: Iterable[Measurement]) -> SeparationByMetric | None:
    """None where too few responses of either kind stand in rows with a value, or all values are equal."""
    judged = [
        (_SIGNS[metric.card.better] * measurement.value, verdict, gold.groups[measurement.place.row])
        for measurement in measurements
        if measurement.value is not None and measurement.place.row in gold.rows
        for verdict in gold.rows[measurement.place.row].values()
    ]
    if len({value for value, *_ in judged}) < 2:
        return None
    values, verdicts = (np.array([one[place] for one in judged]) for place in (0, 1))
    measured = roc_area(values.astype(np.float64), verdicts.astype(np.bool_), [group for *_, group in judged])
    if measured is None:
        return None
    correct = int(verdicts.sum())
    return SeparationByMetric(
        metric=metric.card.name,
        area=measured.area,
        interval=measured.interval,
        correct=correct,
        incorrect=len(judged) - correct,
    )
