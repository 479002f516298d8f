"""Draws a strip: the dataset of the page as a dot with its interval, published datasets as rings."""

from __future__ import annotations

from reports.axes import scale
from reports.drawing import Drawing
from reports.principle_blocks import Strip

_WIDE, _HIGH, _EDGE = 240.0, 22.0, 7.0


def draw_strip(strip: Strip) -> Drawing:
    """Draws the line, the rings on it, and the dot above them."""
    values = [tick.value for tick in strip.ticks] + list(strip.interval or ())
    across = scale(min(values), max(values), _EDGE, _WIDE - _EDGE)
    drawing, middle = Drawing(_WIDE, _HIGH), _HIGH / 2
    drawing.line((0, middle), (_WIDE, middle), "edge")
    if strip.interval:
        low, high = (across(end) for end in strip.interval)
        drawing.line((low, middle), (high, middle), "whisker tone-0")
    for tick in sorted(strip.ticks, key=lambda tick: tick.is_here):
        radius, style = (6.0, "mark tone-0") if tick.is_here else (4.5, "published")
        drawing.circle((across(tick.value), middle), radius, style, f"{tick.name} {tick.text}")
    return drawing
