"""Numbers as a page writes them: the same everywhere, with no more digits than they deserve."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlitqa.results import Figure

ARROWS = {"up": "↑", "down": "↓", "none": ""}


def number(value: float) -> str:
    """A number with the digits that a reader needs."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def share(value: float) -> str:
    """A share in percent, never rounded to all or nothing."""
    percent = 100 * value
    if percent in (0, 100):
        return f"{percent:.0f} %"
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def interval(figure: Figure) -> str:
    """The interval of a figure in brackets; empty where it has none."""
    return "" if figure.interval is None else f"[{number(figure.interval[0])}, {number(figure.interval[1])}]"
