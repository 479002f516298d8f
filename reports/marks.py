"""Marks of groups, which differ in shape and in colour, and names cut to the room that there is for them."""

from __future__ import annotations

from collections.abc import Sequence

from reports.drawing import Drawing

GROUP_COLOURS = 8
"""Colours of groups, each with a shape of its own beside it; more groups share the last."""


def draw_mark(drawing: Drawing, middle: tuple[float, float], radius: float, group: int, title: str) -> None:
    """Draws a mark whose shape and colour both tell its group; a point in no group is a grey ring."""
    if group < 0:
        drawing.circle(middle, radius, "ring", title)
    elif group % 3 == 0:
        drawing.circle(middle, radius, f"mark tone-{group}", title)
    elif group % 3 == 1:
        x, y = middle
        drawing.rect((x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8), f"mark tone-{group}", title)
    else:
        x, y = middle
        drawing.path(
            [(x, y - 1.3 * radius), (x + 1.2 * radius, y + radius), (x - 1.2 * radius, y + radius)],
            f"mark tone-{group}",
            title,
        )


def groups_in_order(names: Sequence[str]) -> dict[str, int]:
    """Numbers groups in the order in which they come, which is that of their marks."""
    return {name: min(rank, GROUP_COLOURS - 1) for rank, name in enumerate(dict.fromkeys(names))}


def shorten(name: str, letters: int) -> str:
    """A name that is cut where it has more letters than there is room for."""
    return name if len(name) <= letters else f"{name[: letters - 1]}…"
