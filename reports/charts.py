"""From the charts that sections ask for to drawings, each with the table that says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports.blocks import Bars, Bins, Cell, Chart, Curve, Grid, Histogram, Network, Points
from reports.drawing import Drawing
from reports.numbers import number

_WIDE, _HIGH = 640.0, 220.0
_LEFT, _RIGHT, _TOP, _FOOT = 62.0, 14.0, 14.0, 46.0
_BAR, _NAME, _VALUE = 20.0, 250.0, 70.0
_LETTERS = 36
"""Of a name beside a bar."""
_SMALL = (120.0, 28.0)
_MAP = 460.0
COLOURS = 8
"""Colours of groups, each with a shape of its own beside it; more groups share the last."""


def drawn(chart: Chart) -> Drawing:
    return _DRAWN[type(chart)](chart)


def twin(chart: Chart) -> Grid:
    """The table that says what a chart shows."""
    return _TWINS[type(chart)](chart)


def small(bins: Bins) -> Drawing:
    """A histogram for a cell of a table."""
    made, most = Drawing(*_SMALL), max(bins.counts) or 1
    step = _SMALL[0] / len(bins.counts)
    for at, count in enumerate(bins.counts):
        height = (_SMALL[1] - 2) * count / most
        made.rect((at * step, _SMALL[1] - height, max(step - 1, 0.5), height), "bar")
    return made


def told(bins: Bins) -> str:
    """What a small histogram shows, in words."""
    most = max(range(len(bins.counts)), key=bins.counts.__getitem__)
    low, high = bins.edges[most], bins.edges[most + 1]
    return (
        f"{sum(bins.counts):,} values from {number(bins.edges[0])} to {number(bins.edges[-1])}, "
        f"most of them between {number(low)} and {number(high)}"
    )


def _histogram(chart: Histogram) -> Drawing:
    made, bins = Drawing(_WIDE, _HIGH), chart.bins
    across = _scale(bins.edges[0], bins.edges[-1], _LEFT, _WIDE - _RIGHT)
    up = _scale(0, max(bins.counts) or 1, _HIGH - _FOOT, _TOP)
    _axes(made, (bins.edges[0], bins.edges[-1]), (0, max(bins.counts) or 1), (chart.unit, "records"))
    for low, high, count in zip(bins.edges[:-1], bins.edges[1:], bins.counts, strict=True):
        left, top = across(low), up(count)
        title = f"{number(low)} to {number(high)}: {count:,}"
        made.rect((left, top, max(across(high) - left - 1, 0.5), _HIGH - _FOOT - top), "bar", title)
    return made


def _bars(chart: Bars) -> Drawing:
    made = Drawing(_WIDE, _BAR * len(chart.items) + 6)
    most = max((value for _, value in chart.items), default=0) or 1
    room = _WIDE - _NAME - _VALUE
    for at, (name, value) in enumerate(chart.items):
        top = at * _BAR + 3
        made.text((_NAME - 8, top + 14), name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…", "end")
        made.rect((_NAME, top + 2, max(room * value / most, 0.5), _BAR - 5), "bar", f"{name}: {number(value)}")
        made.text((_NAME + room * value / most + 6, top + 14), number(value))
    return made


def _curve(chart: Curve) -> Drawing:
    made = Drawing(_WIDE, _HIGH + 16 * len(chart.lines))
    points = [point for line in chart.lines.values() for point in line]
    if not points:
        return made
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(0.0, *(y for _, y in points)), max(y for _, y in points)
    across, up = _scale(left, right, _LEFT, _WIDE - _RIGHT), _scale(low, high, _HIGH - _FOOT, _TOP)
    _axes(made, (left, right), (low, high), (chart.across, chart.up))
    for at, (name, line) in enumerate(chart.lines.items()):
        style = f"line dash-{at % COLOURS} tone-{at % COLOURS}"
        made.path([(across(x), up(y)) for x, y in line], style, name)
        top = _HIGH + 16 * at
        made.path([(_LEFT, top + 4), (_LEFT + 34, top + 4)], style)
        made.text((_LEFT + 42, top + 8), name)
    return made


def _points(chart: Points) -> Drawing:
    made = Drawing(_MAP, _MAP)
    place, groups = _placed([(each.x, each.y) for each in chart.points]), _groups([each.group for each in chart.points])
    for at, each in enumerate(chart.points):
        _marked(made, place[at], 3.0, groups[each.group], f"{each.group}: {each.label}" if each.group else each.label)
    return made


def _network(chart: Network) -> Drawing:
    made = Drawing(_MAP, _MAP)
    place, groups = _placed([(each.x, each.y) for each in chart.nodes]), _groups([each.group for each in chart.nodes])
    for first, second, _ in chart.edges:
        made.line(place[first], place[second], "edge")
    most = max(chart.sizes, default=1.0) or 1.0
    for at, each in enumerate(chart.nodes):
        radius = 3 + 7 * (chart.sizes[at] / most) ** 0.5
        _marked(made, place[at], radius, groups[each.group], f"{each.label} ({number(chart.sizes[at])})")
    for at, each in enumerate(chart.nodes):
        x, y = place[at]
        made.text((x, y - 8), each.label, "middle")
    return made


def _marked(made: Drawing, middle: tuple[float, float], radius: float, group: int, title: str) -> None:
    """A mark whose shape and colour both tell its group; what is in none is a grey ring."""
    if group < 0:
        made.circle(middle, radius, "ring", title)
    elif group % 3 == 0:
        made.circle(middle, radius, f"mark tone-{group}", title)
    elif group % 3 == 1:
        x, y = middle
        made.rect((x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8), f"mark tone-{group}", title)
    else:
        x, y = middle
        made.path(
            [(x, y - 1.3 * radius), (x + 1.2 * radius, y + radius), (x - 1.2 * radius, y + radius)],
            f"mark tone-{group}",
            title,
        )


def _groups(names: Sequence[str]) -> dict[str, int]:
    """The number of each group, the largest first; -1 for what has no name."""
    sizes: dict[str, int] = {}
    for name in names:
        sizes[name] = sizes.get(name, 0) + 1
    ranked = sorted((name for name in sizes if name), key=lambda name: (-sizes[name], name))
    return {"": -1, **{name: min(at, COLOURS - 1) for at, name in enumerate(ranked)}}


def _placed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points as large as the map allows."""
    if not points:
        return []
    (left, right), (low, high) = ((min(each), max(each)) for each in zip(*points, strict=True))
    across, up = _scale(left, right, 24, _MAP - 24), _scale(low, high, _MAP - 24, 24)
    return [(across(x), up(y)) for x, y in points]


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    size = high - low or 1.0
    return lambda value: start + (value - low) / size * (end - start)


def _axes(made: Drawing, across: tuple[float, float], up: tuple[float, float], names: tuple[str, str]) -> None:
    """Both axes with their ends and what they measure."""
    foot = _HIGH - _FOOT
    made.line((_LEFT, foot), (_WIDE - _RIGHT, foot), "axis")
    made.line((_LEFT, _TOP), (_LEFT, foot), "axis")
    made.text((_LEFT, foot + 16), number(across[0]))
    made.text((_WIDE - _RIGHT, foot + 16), number(across[1]), "end")
    made.text(((_LEFT + _WIDE - _RIGHT) / 2, foot + 32), names[0], "middle")
    made.text((_LEFT - 6, foot), number(up[0]), "end")
    made.text((_LEFT - 6, _TOP + 8), number(up[1]), "end")
    made.text((_LEFT + 4, _TOP - 2), names[1])


def _of_bins(chart: Histogram) -> Grid:
    bins = chart.bins
    rows = zip(bins.edges[:-1], bins.edges[1:], bins.counts, strict=True)
    return Grid(chart.title, ("from", "to", "records"), tuple(rows))


def _of_lines(chart: Curve) -> Grid:
    names = tuple(chart.lines)
    found: dict[float, dict[str, float]] = {}
    for name, line in chart.lines.items():
        for x, y in line:
            found.setdefault(x, {})[name] = y
    rows: list[tuple[Cell, ...]] = [(x, *(found[x].get(name) for name in names)) for x in sorted(found)]
    return Grid(chart.title, (chart.across, *names), tuple(rows), chart.up)


def _of_points(chart: Points) -> Grid:
    rows = tuple((each.group or "none", each.label, each.x, each.y) for each in chart.points)
    return Grid(chart.title, ("group", "what", "across", "up"), rows, chart.note)


def _of_network(chart: Network) -> Grid:
    rows = tuple((each.label, each.group or "none", size) for each, size in zip(chart.nodes, chart.sizes, strict=True))
    return Grid(chart.title, ("word", "group", "weight"), rows, chart.note)


_DRAWN: Mapping[type, Callable[[Any], Drawing]] = {
    Histogram: _histogram,
    Bars: _bars,
    Curve: _curve,
    Points: _points,
    Network: _network,
}
_TWINS: Mapping[type, Callable[[Any], Grid]] = {
    Histogram: _of_bins,
    Bars: lambda chart: Grid(chart.title, ("", chart.unit or "number"), chart.items),
    Curve: _of_lines,
    Points: _of_points,
    Network: _of_network,
}
