"""How numbers are written on a page: the same everywhere, and never longer than they are sure."""

from __future__ import annotations

from vlitqa.results import Figure

ARROWS = {"up": "↑", "down": "↓", "none": ""}


def number(value: float) -> str:
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def share(value: float) -> str:
    """A share in percent, never rounded to all or nothing."""
    percent = 100 * value
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def interval(figure: Figure) -> str:
    return "" if figure.interval is None else f"[{number(figure.interval[0])}, {number(figure.interval[1])}]"
