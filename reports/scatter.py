"""Draws a scatter of named things: the line through them, the band of the lines without one of them, their names.

The script of a page draws other pairs the same way (`pairs.js`); a test in a browser holds both drawings together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reports.axes import FOOT, LEFT, RIGHT, TOP, WIDE, draw_axes, scale
from reports.chart_blocks import Scatter
from reports.drawing import Drawing
from reports.marks import draw_mark, groups_in_order, shorten
from reports.visible import visible

SCATTER_HIGH = 400.0
LABEL_LETTERS = 26
"""The most letters of a name beside its point."""
AXIS_LETTERS = 80
_PADDING = 0.08
"""The share of the values' range that is left free at both ends of an axis."""
_LEGEND, _RADIUS = 22.0, 4.5
_LETTER, _LINE = 7.0, 12.0
"""The width of a letter and the height of a line, as labels are kept apart by."""
_LIFTS = (4.0, -9.0, 17.0, -22.0, 30.0)
"""Where a label is tried beside its point, upwards and downwards."""
_STEPS = 24
"""The places in which the band is computed."""

XY = tuple[float, float]
_Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def draw_scatter(chart: Scatter) -> Drawing:
    """Draws a scatter with its line, its band and the names of its points."""
    groups = groups_in_order(chart.groups)
    has_legend = len(groups) > 1
    drawing = Drawing(WIDE, SCATTER_HIGH + (_LEGEND if has_legend else 0))
    if not chart.points:
        return drawing
    across_name, up_name = (shorten(visible(name), AXIS_LETTERS) for name in chart.axes)
    draw_axes(drawing, *chart.ends, (across_name, up_name), SCATTER_HIGH)
    across, up = place_across(chart.ends[0]), place_up(chart.ends[1])
    places = [(across(point.x), up(point.y)) for point in chart.points]
    if band := _band(places):
        drawing.path(band, "band", "the lines without one of the points")
    if line := fitted_line(places):
        left, right = min(x for x, _ in places), max(x for x, _ in places)
        drawing.path([(x, _inside(line[0] + line[1] * x)) for x in (left, right)], "line tone-7", "the line of all")
    for (x, _), point, spread in zip(places, chart.points, chart.spreads, strict=True):
        if spread:
            ends = (_inside(up(point.y - spread)), _inside(up(point.y + spread)))
            drawing.line((x, ends[0]), (x, ends[1]), "whisker")
    for place, point in zip(places, chart.points, strict=True):
        draw_mark(drawing, place, _RADIUS, groups[point.group], point.label)
    names = [shorten(visible(point.label), LABEL_LETTERS) for point in chart.points]
    for name, place, style in place_labels(names, places):
        drawing.text(place, name, style)
    if has_legend:
        _draw_legend(drawing, list(groups))
    return drawing


def padded(values: Sequence[float]) -> XY:
    """The ends of an axis that holds some values."""
    low, high = min(values), max(values)
    room = _PADDING * (high - low) or 0.1 * abs(low) or 1.0
    return low - room, high + room


def place_across(span: XY) -> Callable[[float], float]:
    """The map from the values of an axis to places from left to right."""
    return scale(*span, LEFT, WIDE - RIGHT)


def place_up(span: XY) -> Callable[[float], float]:
    """The map from the values of an axis to places from the foot to the top."""
    return scale(*span, SCATTER_HIGH - FOOT, TOP)


def fitted_line(places: Sequence[XY]) -> XY | None:
    """The least-squares line, by its height at 0 and its slope; None where fewer than two places lie apart."""
    if len(places) < 2:
        return None
    middle_x, middle_y = (sum(axis) / len(places) for axis in zip(*places, strict=True))
    wide = sum((x - middle_x) ** 2 for x, _ in places)
    if wide < 1e-9:
        return None
    slope = sum((x - middle_x) * (y - middle_y) for x, y in places) / wide
    return middle_y - slope * middle_x, slope


def place_labels(names: Sequence[str], places: Sequence[XY]) -> list[tuple[str, XY, str]]:
    """The names that have room beside their points, each with its place and the way it is set."""
    taken: list[_Box] = [(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in places]
    labels = []
    for name, (x, y) in zip(names, places, strict=True):
        room = _LETTER * len(name)
        sides = [(x + 8, x + 8, ""), (x - 8, x - 8 - room, "end")]
        tried = [(anchor, left, style, lift) for lift in _LIFTS for anchor, left, style in sides]
        for anchor, left, style, lift in tried:
            box = (left, y + lift - _LINE + 2, left + room, y + lift + 2)
            if left >= LEFT and box[2] <= WIDE and box[1] >= TOP and _is_free(box, taken):
                taken.append(box)
                labels.append((name, (anchor, y + lift), style))
                break
    return labels


def _is_free(box: _Box, taken: Sequence[_Box]) -> bool:
    return not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken
    )


def _band(places: Sequence[XY]) -> list[XY]:
    """The outline of all lines through all places but one; empty where one of the lines cannot be drawn."""
    rests = [fitted_line([*places[:number], *places[number + 1 :]]) for number in range(len(places))]
    lines = [line for line in rests if line]
    if len(places) < 4 or len(lines) < len(rests):
        return []
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    steps = [left + (right - left) * number / _STEPS for number in range(_STEPS + 1)]
    heights = [[height + slope * x for height, slope in lines] for x in steps]
    tops = [(x, _inside(min(ends))) for x, ends in zip(steps, heights, strict=True)]
    feet = [(x, _inside(max(ends))) for x, ends in zip(steps, heights, strict=True)]
    return [*tops, *reversed(feet)]


def _inside(y: float) -> float:
    """A height within the frame."""
    return min(max(y, TOP), SCATTER_HIGH - FOOT)


def _draw_legend(drawing: Drawing, groups: Sequence[str]) -> None:
    """Draws the names of the groups, each beside its mark."""
    for position, name in enumerate(groups):
        x, y = LEFT + position * (WIDE - LEFT) / max(len(groups), 3), SCATTER_HIGH + 8
        draw_mark(drawing, (x, y), 4.0, position, name)
        drawing.text((x + 10, y + 4), shorten(name or "as it is", 24))
