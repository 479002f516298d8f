"""The frame of a chart: the scale from values to places, and axes with round numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

from reports.drawing import Drawing
from reports.numbers import number

WIDE, HIGH = 640.0, 220.0
LEFT, RIGHT, TOP, FOOT = 62.0, 18.0, 18.0, 46.0
_TICKS = 5
"""About so many numbers stand at an axis."""


def scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """The linear map from one interval to another."""
    size = high - low or 1.0
    return lambda value: start + (value - low) / size * (end - start)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers between two values."""
    if not high > low:
        return [low]
    rough = (high - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next((size * factor for factor in (1, 2, 5, 10) if size * factor >= rough), size * 10)
    first = math.ceil(low / step - 1e-9)
    return [round(multiple * step, 12) for multiple in range(first, math.floor(high / step + 1e-9) + 1)]


def draw_axes(
    drawing: Drawing, across: tuple[float, float], up: tuple[float, float], names: tuple[str, str], high: float = HIGH
) -> None:
    """Draws both axes with round numbers and their names."""
    foot = high - FOOT
    to_right, to_top = scale(*across, LEFT, WIDE - RIGHT), scale(*up, foot, TOP)
    drawing.line((LEFT, foot), (WIDE - RIGHT, foot), "axis")
    drawing.line((LEFT, TOP), (LEFT, foot), "axis")
    for value in ticks(*across):
        drawing.line((to_right(value), foot), (to_right(value), foot + 4), "axis")
        drawing.text((to_right(value), foot + 16), number(value), "middle")
    for value in ticks(*up):
        drawing.line((LEFT - 4, to_top(value)), (LEFT, to_top(value)), "axis")
        drawing.text((LEFT - 7, to_top(value) + 4), number(value), "end")
    drawing.text(((LEFT + WIDE - RIGHT) / 2, foot + 34), names[0], "middle")
    drawing.text((LEFT + 5, TOP - 6), names[1])
