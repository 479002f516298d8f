"""How many rows a threshold keeps, and what the others metrics would then be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.blocks import Block, Fold, Prose
from reports.chart_blocks import Curve
from reports.commands import selecting
from reports.run import Floats, Run
from vlitqa.catalogue import better

title = "Rows kept"
_STEPS = 41


def build(run: Run) -> Sequence[Block]:
    sides = {each.metric: side for each in run.card.scored if (side := better(each.metric)) != "none"}
    values = {name: found for name in sides if _varies(found := run.values(name))}
    if not values:
        return []
    told = Prose(
        f"What a threshold keeps; rows that were not measured stay. `{selecting(run)} 'METRIC>=NUMBER'` does it."
    )
    folds = [
        Fold(name, (_kept(name, sides[name], found), *_others(name, sides[name], values)))
        for name, found in values.items()
    ]
    return [told, *folds]


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return bool(len(known)) and bool(known.min() < known.max())


def _thresholds(values: Floats) -> Floats:
    return np.unique(np.nanquantile(values, np.linspace(0, 1, _STEPS)))


def _holds(values: Floats, side: str, bound: float) -> np.ndarray:
    return np.isnan(values) | (values >= bound if side == "up" else values <= bound)


def _kept(name: str, side: str, values: Floats) -> Curve:
    sign = ">=" if side == "up" else "<="
    points = [(float(bound), float(_holds(values, side, bound).mean() * 100)) for bound in _thresholds(values)]
    return Curve(f"rows kept by {name}{sign}threshold", f"threshold of {name}", "rows kept, %", {name: points})


def _others(name: str, side: str, values: dict[str, Floats]) -> list[Block]:
    """The mean of every other metric among what is kept, in its own standard deviations."""
    lines = {}
    for other, found in values.items():
        spread = float(np.nanstd(found))
        if other == name or not spread:
            continue
        points = []
        for bound in _thresholds(values[name]):
            rest = found[_holds(values[name], side, bound)]
            known = rest[~np.isnan(rest)]
            if len(known):
                points.append((float(bound), float((known.mean() - np.nanmean(found)) / spread)))
        lines[other] = points
    title = "the mean of every other metric among them"
    return [Curve(title, f"threshold of {name}", "standard deviations from that of all rows", lines)] if lines else []
