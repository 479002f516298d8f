"""From the charts that sections ask for to drawings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports.axes import FOOT, HIGH, LEFT, RIGHT, TOP, WIDE, axes, scale
from reports.chart_blocks import Bars, Bins, Chart, Curve, Heat, Histogram, Network, Points
from reports.colours import ink, shade
from reports.drawing import Drawing
from reports.numbers import number

_BAR, _NAME, _VALUE = 20.0, 250.0, 70.0
_LETTERS = 36
"""Of a name beside a bar."""
_SMALL = (120.0, 28.0)
_MAP, _LEGEND = 460.0, 20.0
"""The height of a map, and of a line of its legend."""
_SHORT = 24
"""Letters of a name in a legend."""
_CELL, _HEAD, _TITLES = (52.0, 28.0), 110.0, 90.0
"""Of a heat map: one cell, the names to the left, the names above."""
_GROUP_COLOURS = 8
"""Colours of groups, each with a shape of its own beside it; more groups share the last."""


def drawn(chart: Chart) -> Drawing:
    return _DRAWN[type(chart)](chart)


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
    made, bins = Drawing(WIDE, HIGH), chart.bins
    across = scale(bins.edges[0], bins.edges[-1], LEFT, WIDE - RIGHT)
    up = scale(0, max(bins.counts) or 1, HIGH - FOOT, TOP)
    axes(made, (bins.edges[0], bins.edges[-1]), (0, max(bins.counts) or 1), (chart.unit, "records"))
    for low, high, count in zip(bins.edges[:-1], bins.edges[1:], bins.counts, strict=True):
        left, top = across(low), up(count)
        title = f"{number(low)} to {number(high)}: {count:,}"
        made.rect((left, top, max(across(high) - left - 1, 0.5), HIGH - FOOT - top), "bar", title)
    return made


def _bars(chart: Bars) -> Drawing:
    made = Drawing(WIDE, _BAR * len(chart.items) + 6)
    most = max((value for _, value in chart.items), default=0) or 1
    room = WIDE - _NAME - _VALUE
    for at, (name, value) in enumerate(chart.items):
        top = at * _BAR + 3
        made.text((_NAME - 8, top + 14), name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…", "end")
        made.rect((_NAME, top + 2, max(room * value / most, 0.5), _BAR - 5), "bar", f"{name}: {number(value)}")
        made.text((_NAME + room * value / most + 6, top + 14), number(value))
    return made


def _curve(chart: Curve) -> Drawing:
    made = Drawing(WIDE, HIGH + 16 * len(chart.lines))
    points = [point for line in chart.lines.values() for point in line]
    if not points:
        return made
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(0.0, *(y for _, y in points)), max(y for _, y in points)
    across, up = scale(left, right, LEFT, WIDE - RIGHT), scale(low, high, HIGH - FOOT, TOP)
    axes(made, (left, right), (low, high), (chart.across, chart.up))
    for at, (name, line) in enumerate(chart.lines.items()):
        style = f"line dash-{at % _GROUP_COLOURS} tone-{at % _GROUP_COLOURS}"
        made.path([(across(x), up(y)) for x, y in line], style, name)
        top = HIGH + 16 * at
        made.path([(LEFT, top + 4), (LEFT + 34, top + 4)], style)
        made.text((LEFT + 42, top + 8), name)
    return made


def _points(chart: Points) -> Drawing:
    groups = _groups([each.group for each in chart.points])
    made = Drawing(WIDE, _MAP + _LEGEND * (-(-min(len(groups), _GROUP_COLOURS + 1) // 3)))
    _legend(made, groups)
    place = _placed([(each.x, each.y) for each in chart.points])
    for at, each in enumerate(chart.points):
        _marked(made, place[at], 3.0, groups[each.group], f"{each.group}: {each.label}" if each.group else each.label)
    return made


def _network(chart: Network) -> Drawing:
    made = Drawing(WIDE, _MAP)
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


def _legend(made: Drawing, groups: Mapping[str, int]) -> None:
    """What each mark stands for, below a map."""
    names: dict[int, str] = {}
    for name, number_of in groups.items():
        names[number_of] = "other groups" if number_of in names else name or "in no group"
    for at, (group, name) in enumerate(names.items()):
        x, y = 24 + (at % 3) * (WIDE / 3), _MAP + _LEGEND * (at // 3) + 8
        _marked(made, (x, y), 4.0, group, name)
        made.text((x + 10, y + 4), name if len(name) <= _SHORT else f"{name[: _SHORT - 1]}…")


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
    return {"": -1, **{name: min(at, _GROUP_COLOURS - 1) for at, name in enumerate(ranked)}}


def _placed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points as large as the map allows."""
    if not points:
        return []
    (left, right), (low, high) = ((min(each), max(each)) for each in zip(*points, strict=True))
    across, up = scale(left, right, 40, WIDE - 40), scale(low, high, _MAP - 24, 24)
    return [(across(x), up(y)) for x, y in points]


def _heat(chart: Heat) -> Drawing:
    wide, high = _CELL
    made = Drawing(_HEAD + wide * len(chart.across) + 40, _TITLES + high * len(chart.down) + 4)
    for column, name in enumerate(chart.across):
        made.text((_HEAD + wide * (column + 0.4), _TITLES - 8), name, turned=True)
    for row, (name, values) in enumerate(zip(chart.down, chart.values, strict=True)):
        top = _TITLES + high * row
        made.text((_HEAD - 8, top + high / 2 + 4), name, "end")
        for column, value in enumerate(values):
            box = (_HEAD + wide * column, top, wide - 2, high - 2)
            title = f"{name}, {chart.across[column]}: " + ("no value" if value is None else f"{value:+.2f}")
            if value is None:
                made.rect(box, "none", title)
                made.line((box[0], top + high - 2), (box[0] + wide - 2, top), "axis")
                continue
            made.rect(box, "cell", title, fill=shade(value))
            made.text((box[0] + wide / 2 - 1, top + high / 2 + 3), f"{value:+.2f}", "middle", fill=ink(shade(value)))
    return made


_DRAWN: Mapping[type, Callable[[Any], Drawing]] = {
    Histogram: _histogram,
    Bars: _bars,
    Curve: _curve,
    Points: _points,
    Network: _network,
    Heat: _heat,
}
