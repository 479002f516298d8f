"""The number of rows that a threshold keeps, and the means of the other metrics among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.blocks import Block, Fold, Prose
from reports.chart_blocks import Curve
from reports.commands import selecting
from vlitqa.algorithms.arrays import Floats
from vlitqa.catalogue import better, card_of
from vlitqa.runs.finished import FinishedRun

title = "Rows kept"
_STEPS = 41
_FEWEST = 8
"""Rows of which a mean is shown."""


def build(run: FinishedRun) -> Sequence[Block]:
    """A curve for every metric of which one direction is better."""
    directions = {metric: direction for metric in run.metrics if (direction := better(metric)) != "none"}
    values = {metric: run.values(metric) for metric in directions if _varies(run.values(metric))}
    if not values:
        return []
    note = Prose(
        f"The rows that a threshold keeps, unmeasured rows included; between two values of rows it keeps what the "
        f"stricter of them keeps. `{selecting(run)} 'METRIC>=NUMBER'` applies it."
    )
    folds = [
        Fold(metric, (_kept_curve(metric, direction, values[metric]), *_other_curves(metric, direction, values)))
        for metric, direction in directions.items()
        if metric in values
    ]
    return [note, *folds]


def _axis(metric: str) -> str:
    """The words at the axis of thresholds: the metric, and what its value of a row counts."""
    card = card_of(metric)
    return f"threshold of {metric}" + (f": {card.counts}" if card and card.counts else "")


def _varies(values: Floats) -> bool:
    measured = values[~np.isnan(values)]
    return bool(len(measured)) and bool(measured.min() < measured.max())


def _kept_curve(metric: str, direction: str, values: Floats) -> Curve:
    sign = ">=" if direction == "up" else "<="
    thresholds, is_kept = _rows_by_threshold(values, direction)
    points = list(zip(thresholds.tolist(), (is_kept.mean(axis=1) * 100).tolist(), strict=True))
    return Curve(f"rows kept by {metric}{sign}threshold", _axis(metric), "rows kept, %", {metric: points})


def _other_curves(metric: str, direction: str, values: dict[str, Floats]) -> list[Block]:
    """The mean of every other metric among the rows that are kept, in standard deviations of that metric."""
    thresholds, is_kept = _rows_by_threshold(values[metric], direction)
    lines = {}
    for other, other_values in values.items():
        if other != metric:
            is_measured = ~np.isnan(other_values)
            deviations = (other_values - np.nanmean(other_values)) / np.nanstd(other_values)
            counts = is_kept @ is_measured.astype(np.float64)  # (thresholds,)
            has_several = counts >= _FEWEST
            means = (is_kept[has_several] @ np.where(is_measured, deviations, 0.0)) / counts[has_several]
            lines[other] = list(zip(thresholds[has_several].tolist(), means.tolist(), strict=True))
    title = f"the mean of every other metric among them, where they are {_FEWEST} or more"
    return [Curve(title, _axis(metric), "standard deviations from that of all rows", lines)] if lines else []


def _rows_by_threshold(values: Floats, direction: str) -> tuple[Floats, Floats]:
    """Thresholds, and 1 for each row that a threshold keeps: rows without a value, too.  # (thresholds, rows)"""
    thresholds = np.unique(np.nanquantile(values, np.linspace(0, 1, _STEPS), method="nearest"))
    filled = np.nan_to_num(values, nan=np.inf if direction == "up" else -np.inf)
    is_kept = filled[None] >= thresholds[:, None] if direction == "up" else filled[None] <= thresholds[:, None]
    return thresholds, is_kept.astype(np.float64)
