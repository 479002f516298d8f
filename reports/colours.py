"""Colours of numbers between -1 and 1, and words on them that can be read."""

from __future__ import annotations

_STOPS = ((-1.0, (0x9A, 0x43, 0x06)), (-0.5, (0xEB, 0xA5, 0x66)), (0.0, (0xF3, 0xF3, 0xF1)),
          (0.5, (0x7D, 0xB2, 0xE2)), (1.0, (0x0F, 0x4C, 0x8C)))  # fmt: skip
"""From orange by grey to blue, which the colour-blind tell apart."""
_INKS = ("#000000", "#ffffff")
"""Pure ones: with any others no colour between them is sure to be 4.5 apart from one."""


def shade(value: float) -> str:
    """The colour of a number; what lies outside is as what is outermost."""
    value = min(1.0, max(-1.0, value))
    upper = next(index for index, (stop, _) in enumerate(_STOPS) if value <= stop) or 1
    (low, first), (high, last) = _STOPS[upper - 1], _STOPS[upper]
    part = (value - low) / (high - low)
    return "#" + "".join(f"{round(one + (other - one) * part):02x}" for one, other in zip(first, last, strict=True))


def ink(ground: str) -> str:
    """The colour of words on a ground."""
    return max(_INKS, key=lambda colour: contrast(colour, ground))


def contrast(first: str, second: str) -> float:
    """How far two colours stand apart, by WCAG 2: from 1 to 21."""
    lights = sorted((_light(first), _light(second)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
