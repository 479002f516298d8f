"""Draws the charts that sections ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports.axes import FOOT, HIGH, LEFT, RIGHT, TOP, WIDE, draw_axes, scale
from reports.chart_blocks import Bars, Bins, Chart, Curve, Dots, HeatMap, Histogram, Network, Points, Scatter
from reports.colours import ink, shade
from reports.dots import draw_dots
from reports.drawing import Drawing
from reports.labels_apart import move_apart
from reports.marks import GROUP_COLOURS, draw_mark, shorten
from reports.numbers import number
from reports.scatter import draw_scatter

_BAR, _NAME, _VALUE = 20.0, 250.0, 120.0
_LETTERS = 36
"""The most letters of a name beside a bar."""
_SMALL, _FEWEST_BARS = (120.0, 28.0), 8
"""The size of a small histogram, and the bars that there is room for at least: one alone fills no cell."""
_MAP, _LEGEND = 460.0, 20.0
"""The height of a map, and of a line of its legend."""
_SHORT, _LONG = 24, 72
"""The most letters of a name in a legend, of three columns and of one."""
_CELL, _HEAD, _TITLES = (52.0, 28.0), 110.0, 90.0
"""The sizes of a heat map: one cell, the names to the left, the names above."""


def draw_chart(chart: Chart) -> Drawing:
    """Draws a chart of any kind."""
    return _DRAWERS[type(chart)](chart)


def draw_small_histogram(bins: Bins) -> Drawing:
    """Draws a histogram for a cell of a table."""
    drawing, most = Drawing(*_SMALL), max(bins.counts) or 1
    step = _SMALL[0] / max(len(bins.counts), _FEWEST_BARS)
    for position, count in enumerate(bins.counts):
        height = (_SMALL[1] - 2) * count / most
        drawing.rect((position * step, _SMALL[1] - height, max(step - 1, 0.5), height), "bar")
    return drawing


def describe_histogram(bins: Bins) -> str:
    """Describes a small histogram in words."""
    if len(bins.counts) == 1:
        return f"{sum(bins.counts):,} values, all of them {number(bins.edges[0])}"
    most = max(range(len(bins.counts)), key=bins.counts.__getitem__)
    ends = bins.ends()
    return (
        f"{sum(bins.counts):,} values from {number(ends[0][0])} to {number(ends[-1][1])}, "
        f"most of them {_within(ends[most])}"
    )


def _within(ends: tuple[float, float]) -> str:
    low, high = map(number, ends)
    return low if low == high else f"between {low} and {high}"


def _draw_histogram(chart: Histogram) -> Drawing:
    drawing, bins = Drawing(WIDE, HIGH), chart.bins
    if len(bins.counts) == 1:
        return _draw_constant(drawing, chart)
    across = scale(bins.edges[0], bins.edges[-1], LEFT, WIDE - RIGHT)
    up = scale(0, max(bins.counts) or 1, HIGH - FOOT, TOP)
    draw_axes(drawing, (bins.edges[0], bins.edges[-1]), (0, max(bins.counts) or 1), (chart.unit, chart.counted))
    bars = zip(bins.edges[:-1], bins.edges[1:], bins.ends(), bins.counts, strict=True)
    for low, high, ends, count in bars:
        left, top = across(low), up(count)
        title = f"{_within(ends)}: {count:,}"
        drawing.rect((left, top, max(across(high) - left - 1, 0.5), HIGH - FOOT - top), "bar", title)
    return drawing


def _draw_constant(drawing: Drawing, chart: Histogram) -> Drawing:
    """Draws one bar over the value that all records have."""
    (count,), value = chart.bins.counts, chart.bins.edges[0]
    draw_axes(drawing, (value, value), (0, count), (chart.unit, chart.counted))
    drawing.rect((LEFT, TOP, _BAR, HIGH - FOOT - TOP), "bar", f"{number(value)}: {count:,}")
    return drawing


def _draw_bars(chart: Bars) -> Drawing:
    drawing = Drawing(WIDE, _BAR * len(chart.items) + 6)
    most = max((value for _, value in chart.items), default=0) or 1
    room = WIDE - _NAME - _VALUE
    for position, (name, value) in enumerate(chart.items):
        top = position * _BAR + 3
        drawing.text((_NAME - 8, top + 14), shorten(name, _LETTERS), "end")
        amount = f"{number(value)} {chart.unit}".strip()
        drawing.rect((_NAME, top + 2, max(room * value / most, 0.5), _BAR - 5), "bar", f"{name}: {amount}")
        drawing.text((_NAME + room * value / most + 6, top + 14), amount)
    return drawing


def _draw_curve(chart: Curve) -> Drawing:
    drawing = Drawing(WIDE, HIGH + 16 * len(chart.lines))
    points = [point for line in chart.lines.values() for point in line]
    if not points:
        return drawing
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(0.0, *(y for _, y in points)), max(y for _, y in points)
    across, up = scale(left, right, LEFT, WIDE - RIGHT), scale(low, high, HIGH - FOOT, TOP)
    draw_axes(drawing, (left, right), (low, high), (chart.across, chart.up))
    for position, (name, line) in enumerate(chart.lines.items()):
        style = f"line dash-{position % GROUP_COLOURS} tone-{position % GROUP_COLOURS}"
        drawing.path([(across(x), up(y)) for x, y in line], style, name)
        top = HIGH + 16 * position
        drawing.path([(LEFT, top + 4), (LEFT + 34, top + 4)], style)
        drawing.text((LEFT + 42, top + 8), shorten(name, _LONG))
    return drawing


def _draw_points(chart: Points) -> Drawing:
    groups = _group_numbers([point.group for point in chart.points])
    drawing = Drawing(WIDE, _MAP + _LEGEND * (-(-min(len(groups), GROUP_COLOURS + 1) // 3)))
    _draw_legend(drawing, groups)
    places = _fit_to_map([(point.x, point.y) for point in chart.points])
    for place, point in zip(places, chart.points, strict=True):
        title = f"{point.group}: {point.label}" if point.group else point.label
        draw_mark(drawing, place, 3.0, groups[point.group], title)
    return drawing


def _draw_network(chart: Network) -> Drawing:
    drawing = Drawing(WIDE, _MAP)
    labels = [node.label for node in chart.nodes]
    places = move_apart(_fit_to_map([(node.x, node.y) for node in chart.nodes]), labels, 24, _MAP - 12)
    groups = _group_numbers([node.group for node in chart.nodes])
    for first, second, _ in chart.edges:
        drawing.line(places[first], places[second], "edge")
    most = max(chart.sizes, default=1.0) or 1.0
    for place, node, size in zip(places, chart.nodes, chart.sizes, strict=True):
        radius = 3 + 7 * (size / most) ** 0.5
        draw_mark(drawing, place, radius, groups[node.group], f"{node.label} ({number(size)})")
    for (x, y), node in zip(places, chart.nodes, strict=True):
        drawing.text((x, y - 8), node.label, "middle")
    return drawing


def _draw_legend(drawing: Drawing, groups: Mapping[str, int]) -> None:
    """Draws the names of the groups below a map, each beside its mark."""
    names: dict[int, str] = {}
    for name, number_of in groups.items():
        names[number_of] = "others" if number_of in names else name or "in none"
    for position, (group, name) in enumerate(names.items()):
        x, y = 24 + (position % 3) * (WIDE / 3), _MAP + _LEGEND * (position // 3) + 8
        draw_mark(drawing, (x, y), 4.0, group, name)
        drawing.text((x + 10, y + 4), shorten(name, _SHORT))


def _group_numbers(names: Sequence[str]) -> dict[str, int]:
    """Numbers the groups, the largest first; -1 stands for no group."""
    sizes: dict[str, int] = {}
    for name in names:
        sizes[name] = sizes.get(name, 0) + 1
    ranked = sorted((name for name in sizes if name), key=lambda name: (-sizes[name], name))
    return {"": -1, **{name: min(rank, GROUP_COLOURS - 1) for rank, name in enumerate(ranked)}}


def _fit_to_map(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Scales points to the size of the map."""
    if not points:
        return []
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    across, up = scale(left, right, 40, WIDE - 40), scale(low, high, _MAP - 24, 24)
    return [(across(x), up(y)) for x, y in points]


def _draw_heat_map(chart: HeatMap) -> Drawing:
    wide, high = _CELL
    drawing = Drawing(_HEAD + wide * len(chart.across) + 40, _TITLES + high * len(chart.down) + 4)
    for column, name in enumerate(chart.across):
        drawing.text((_HEAD + wide * (column + 0.4), _TITLES - 8), name, turned=True)
    for row, (name, values) in enumerate(zip(chart.down, chart.values, strict=True)):
        top = _TITLES + high * row
        drawing.text((_HEAD - 8, top + high / 2 + 4), name, "end")
        for column, value in enumerate(values):
            box = (_HEAD + wide * column, top, wide - 2, high - 2)
            title = f"{name}, {chart.across[column]}: " + ("no value" if value is None else f"{value:+.2f}")
            if value is None:
                drawing.rect(box, "none", title)
                drawing.line((box[0], top + high - 2), (box[0] + wide - 2, top), "axis")
                continue
            drawing.rect(box, "cell", title, fill=shade(value))
            drawing.text((box[0] + wide / 2 - 1, top + high / 2 + 3), f"{value:+.2f}", "middle", fill=ink(shade(value)))
    return drawing


_DRAWERS: Mapping[type, Callable[[Any], Drawing]] = {
    Histogram: _draw_histogram,
    Bars: _draw_bars,
    Curve: _draw_curve,
    Points: _draw_points,
    Network: _draw_network,
    HeatMap: _draw_heat_map,
    Scatter: draw_scatter,
    Dots: draw_dots,
}
