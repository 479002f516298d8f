"""Draws numbers of named things as dots on one axis, each with its interval, beside a level they are held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.axes import RIGHT, scale, ticks
from reports.chart_blocks import Dot, Dots
from reports.drawing import Drawing
from reports.marks import draw_mark, groups_in_order, shorten
from reports.numbers import number
from reports.visible import visible

_LETTER, _LETTERS = 6.6, 32
"""The width of a letter of a name, and the most of them."""
_ROOM, _LEAST = 420.0, 70.0
"""The width of the axis, and the least room of a name."""
_LINE, _HEAD, _FOOT, _LEGEND = 22.0, 10.0, 44.0, 20.0
_SHIFT = 10.0
"""How far apart the dots of one name stand, so that their intervals do not lie on each other."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """The place of the axis in a drawing."""

    left: float
    right: float
    bottom: float
    across: Callable[[float], float]


def draw_dots(chart: Dots) -> Drawing:
    """Draws a line for each name."""
    labels = list(dict.fromkeys(dot.label for dot in chart.dots))
    groups = groups_in_order([dot.group for dot in chart.dots])
    names = [shorten(visible(label), _LETTERS) for label in labels]
    line = _LINE + _SHIFT * (len(groups) > 1)
    left = max(_LEAST, *(_LETTER * len(name) + 18 for name in names), 0.0)
    low, high = _span(chart)
    frame = _Frame(left, left + _ROOM, _HEAD + line * len(labels), scale(low, high, left, left + _ROOM))
    legend = [(name, number_of) for name, number_of in groups.items() if name]
    lines = -(-(len(legend) + (chart.level is not None)) // 2)
    drawing = Drawing(frame.right + RIGHT, frame.bottom + _FOOT + _LEGEND * lines)
    if chart.level:
        _draw_level(drawing, chart.level, frame)
    _draw_axis(drawing, chart.across, (low, high), frame)
    for position, (label, name) in enumerate(zip(labels, names, strict=True)):
        middle = _HEAD + line * (position + 0.5)
        drawing.text((left - 10, middle + 4), name, "end")
        dots = [dot for dot in chart.dots if dot.label == label]
        for place, dot in enumerate(dots):
            y = middle + _SHIFT * (place - (len(dots) - 1) / 2)
            _draw_dot(drawing, dot, (frame.across, y), groups[dot.group])
    _draw_legend(drawing, legend, chart.level, frame.bottom + _FOOT)
    return drawing


def _span(chart: Dots) -> tuple[float, float]:
    """The ends of the axis: all values and intervals, and 0."""
    numbers = [0.0]
    for dot in (*chart.dots, *((chart.level,) if chart.level else ())):
        numbers += [end for end in (dot.value, *(dot.interval or ())) if end is not None]
    low, high = min(numbers), max(numbers)
    room = 0.04 * (high - low) or 1.0
    return low - (room if low < 0 else 0), high + room


def _draw_axis(drawing: Drawing, name: str, span: tuple[float, float], frame: _Frame) -> None:
    across, bottom = frame.across, frame.bottom
    drawing.line((frame.left, bottom), (frame.right, bottom), "axis")
    drawing.line((across(0), _HEAD), (across(0), bottom), "axis")
    for value in ticks(*span):
        drawing.line((across(value), bottom), (across(value), bottom + 4), "axis")
        drawing.text((across(value), bottom + 16), number(value), "middle")
    drawing.text(((frame.left + frame.right) / 2, bottom + 34), name, "middle")


def _draw_level(drawing: Drawing, level: Dot, frame: _Frame) -> None:
    across, bottom = frame.across, frame.bottom
    if level.interval:
        left, right = (across(end) for end in level.interval)
        drawing.rect((left, _HEAD, right - left, bottom - _HEAD), "band", f"{level.label}, 95 % interval")
    if level.value is not None:
        drawing.path([(across(level.value), _HEAD), (across(level.value), bottom)], "line dash-1 tone-7", level.label)


def _draw_dot(drawing: Drawing, dot: Dot, place: tuple[Callable[[float], float], float], group: int) -> None:
    across, y = place
    if dot.value is None:
        drawing.text((across(0) + 8, y + 4), shorten(f"no value: {dot.reason}", 56), "soft reason")
        return
    words = f"{dot.label}{f', {dot.group}' if dot.group else ''}: {number(dot.value)}"
    if dot.interval:
        drawing.line((across(dot.interval[0]), y), (across(dot.interval[1]), y), f"whisker tone-{group}")
        words += f" [{number(dot.interval[0])}, {number(dot.interval[1])}]"
    draw_mark(drawing, (across(dot.value), y), 4.5, group, words)


def _draw_legend(drawing: Drawing, groups: list[tuple[str, int]], level: Dot | None, top: float) -> None:
    """Draws the names of the groups and of the level, two in a line."""
    names: list[tuple[str, int | None]] = [*groups, *([(level.label, None)] if level else [])]
    for position, (name, group) in enumerate(names):
        x, y = 24 + (position % 2) * (drawing.width / 2), top + _LEGEND * (position // 2) + 6
        if group is None:
            drawing.path([(x - 12, y), (x + 8, y)], "line dash-1 tone-7")
        else:
            draw_mark(drawing, (x, y), 4.0, group, name)
        drawing.text((x + 14, y + 4), shorten(name, 46))
