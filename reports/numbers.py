"""Numbers as a page writes them: the same everywhere, with no more digits than they deserve."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlitqa.results import Figure

ARROWS = {"up": "↑", "down": "↓", "none": ""}
STARS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))
"""By the level that p lies below, as in the review's Table 15."""


def number(value: float) -> str:
    """A number with the digits that a reader needs."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def rounded(value: float) -> str:
    """A number as a sentence says it: whole from ten on, otherwise of two digits."""
    return f"{value:,.0f}" if abs(value) >= 9.95 else f"{value:.2g}"


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


def signed(value: float) -> str:
    """A correlation or a difference between -1 and 1, always with its sign."""
    return f"{value:+.2f}"


def interval_text(ends: tuple[float, float] | None) -> str:
    """An interval of a correlation in brackets; empty where there is none."""
    return "" if ends is None else f"[{signed(ends[0])}, {signed(ends[1])}]"


def p_text(p: float | None) -> str:
    """A p-value with three decimals; empty where there is none."""
    return "" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def stars_of(p: float | None) -> str:
    """The stars of a p-value, as in the review's Table 15: for 1 %, 5 % and 10 %."""
    return "" if p is None else next((stars for level, stars in STARS if p < level), "")
