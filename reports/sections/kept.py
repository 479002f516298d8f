"""How many rows a threshold keeps, and what the others metrics would then be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.blocks import Block, Fold, Prose
from reports.chart_blocks import Curve
from reports.commands import selecting
from vlitqa.algorithms.arrays import Floats
from vlitqa.catalogue import better
from vlitqa.runs.finished import FinishedRun

title = "Rows kept"
_STEPS = 41


def build(run: FinishedRun) -> Sequence[Block]:
    """A curve for every metric of which one direction is better."""
    sides = {each.metric: side for each in run.card.scored if (side := better(each.metric)) != "none"}
    values = {name: found for name in sides if _varies(found := run.values(name))}
    if not values:
        return []
    told = Prose(
        f"The rows that a threshold keeps, unmeasured rows included. `{selecting(run)} 'METRIC>=NUMBER'` applies it."
    )
    folds = [
        Fold(name, (_kept(name, sides[name], found), *_others(name, sides[name], values)))
        for name, found in values.items()
    ]
    return [told, *folds]


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return bool(len(known)) and bool(known.min() < known.max())


def _kept(name: str, side: str, values: Floats) -> Curve:
    sign = ">=" if side == "up" else "<="
    bounds, held = _held(values, side)
    points = list(zip(bounds.tolist(), (held.mean(axis=1) * 100).tolist(), strict=True))
    return Curve(f"rows kept by {name}{sign}threshold", f"threshold of {name}", "rows kept, %", {name: points})


def _others(name: str, side: str, values: dict[str, Floats]) -> list[Block]:
    """The mean of every other metric among what is kept, in its own standard deviations."""
    bounds, held = _held(values[name], side)
    lines = {}
    for other, found in values.items():
        known = ~np.isnan(found)
        if other != name:
            apart = np.where(known, (found - np.nanmean(found)) / np.nanstd(found), 0.0)
            counts = held @ known.astype(np.float64)
            there = counts > 0
            means = (held[there] @ apart) / counts[there]
            lines[other] = list(zip(bounds[there].tolist(), means.tolist(), strict=True))
    title = "the mean of every other metric over the kept rows"
    return (
        [Curve(title, f"threshold of {name}", "standard deviations from the mean of all rows", lines)] if lines else []
    )


def _held(values: Floats, side: str) -> tuple[Floats, Floats]:
    """Thresholds, and for each which rows it keeps: those that were not measured, too.  # (thresholds, rows)"""
    bounds = np.unique(np.nanquantile(values, np.linspace(0, 1, _STEPS)))
    known = np.nan_to_num(values, nan=np.inf if side == "up" else -np.inf)
    held = known[None] >= bounds[:, None] if side == "up" else known[None] <= bounds[:, None]
    return bounds, held.astype(np.float64)
