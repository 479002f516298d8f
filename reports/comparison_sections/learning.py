"""How the loss of each model fell on each dataset."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from reports.blocks import Block
from reports.chart_blocks import Curve
from reports.comparison_view import ComparisonView
from vlitqa.algorithms.thinning import thin_points
from vlitqa.results.comparison import LearningCurve

title = "Learning curves"
_POINTS = 60
"""The most points of a line; each is the mean of neighbouring steps."""

Line = list[tuple[float, float]]


def build(view: ComparisonView) -> Sequence[Block]:
    """A chart for each model, with a line for each dataset that is the mean over seeds."""
    charts: list[Block] = []
    for model in view.comparison.models:
        curves = [curve for curve in view.comparison.curves if curve.model == model]
        lines = {dataset: _line([curve for curve in curves if curve.dataset == dataset]) for dataset in view.datasets}
        shown = {dataset: line for dataset, line in lines.items() if line}
        if shown:
            seeds = len({curve.seed for curve in curves})
            over = f", mean over {seeds} seeds" if seeds > 1 else ""
            charts.append(Curve(f"loss of {model}{over}", "step", "loss", shown))
    return charts


def _line(curves: Sequence[LearningCurve]) -> Line:
    """The mean over seeds at the steps that all of them have, with no more points than a chart needs."""
    losses = [dict(curve.losses) for curve in curves if curve.losses]
    if not losses:
        return []
    steps = sorted(step for step in losses[0] if all(step in line for line in losses))
    means = [(float(step), fmean(line[step] for line in losses)) for step in steps]
    return [(step, round(loss, 5)) for step, loss in thin_points(means, _POINTS)]
