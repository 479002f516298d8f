"""The table beside each chart: the same numbers, for those who cannot see a picture or want to copy them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reports.blocks import Cell, Grid
from reports.chart_blocks import Bars, Chart, Curve, Dots, HeatMap, Histogram, Network, Points, Scatter


def twin(chart: Chart) -> Grid:
    """The table that says what a chart shows."""
    return _TWINS[type(chart)](chart)


def _of_bins(chart: Histogram) -> Grid:
    bins = chart.bins
    rows = ((*ends, count) for ends, count in zip(bins.ends(), bins.counts, strict=True))
    return Grid(chart.title, ("from", "to", chart.counted), tuple(rows))


def _of_lines(chart: Curve) -> Grid:
    names = tuple(chart.lines)
    heights: dict[float, dict[str, float]] = {}
    for name, line in chart.lines.items():
        for x, y in line:
            heights.setdefault(x, {})[name] = y
    rows: list[tuple[Cell, ...]] = [(x, *(heights[x].get(name) for name in names)) for x in sorted(heights)]
    return Grid(chart.title, (chart.across, *names), tuple(rows), chart.up)


def _of_points(chart: Points) -> Grid:
    rows = tuple((point.group or "none", point.label, point.x, point.y) for point in chart.points)
    return Grid(chart.title, ("group", "what", "across", "up"), rows, chart.note)


def _of_network(chart: Network) -> Grid:
    rows = tuple((node.label, node.group or "none", size) for node, size in zip(chart.nodes, chart.sizes, strict=True))
    return Grid(chart.title, ("word", "group", "weight"), rows, chart.note)


def _of_heat(chart: HeatMap) -> Grid:
    rows = tuple((name, *values) for name, values in zip(chart.down, chart.values, strict=True))
    return Grid(chart.title, ("what", *chart.across), rows, chart.note)


def _of_scatter(chart: Scatter) -> Grid:
    points = zip(chart.points, chart.spreads, strict=True)
    rows = tuple((point.label, point.group, point.x, point.y, spread) for point, spread in points)
    return Grid(chart.title, ("dataset", "what was done", *chart.axes, "± over seeds"), rows, chart.note)


def _of_dots(chart: Dots) -> Grid:
    dots = (*chart.dots, *((chart.level,) if chart.level else ()))
    rows = tuple(
        (dot.label, dot.group, dot.value, *(dot.interval or (None, None)), "" if dot.value is not None else dot.reason)
        for dot in dots
    )
    return Grid(chart.title, ("what", "group", chart.across, "95 % from", "to", "no value because"), rows, chart.note)


_TWINS: Mapping[type, Callable[[Any], Grid]] = {
    Histogram: _of_bins,
    Bars: lambda chart: Grid(chart.title, ("what", chart.unit or "number"), chart.items),
    Curve: _of_lines,
    Points: _of_points,
    Network: _of_network,
    HeatMap: _of_heat,
    Scatter: _of_scatter,
    Dots: _of_dots,
}
