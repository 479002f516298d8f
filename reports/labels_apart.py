"""Moves labelled points of a map so that no label covers another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

_LETTER, _LINE = 6.6, 15.0
"""The width of a letter and the height of a line, in pixels."""
_ROUNDS = 200


def move_apart(
    places: Sequence[tuple[float, float]], labels: Sequence[str], top: float, bottom: float
) -> list[tuple[float, float]]:
    """Moves points up and down, by as little as it takes, until each label has a line of its own."""
    heights = [y for _, y in places]
    crossing = [
        (first, second)
        for first, second in combinations(range(len(places)), 2)
        if abs(places[first][0] - places[second][0]) < _LETTER * (len(labels[first]) + len(labels[second]) + 2) / 2
    ]
    for _ in range(_ROUNDS):
        close = [(first, second) for first, second in crossing if abs(heights[first] - heights[second]) < _LINE]
        if not close:
            break
        for first, second in close:
            upper, lower = sorted((first, second), key=lambda place: (heights[place], place))
            move = (_LINE + 0.1 - (heights[lower] - heights[upper])) / 2
            if move > 0:
                heights[upper] = max(top, heights[upper] - move)
                heights[lower] = min(bottom, heights[lower] + move)
    return [(x, height) for (x, _), height in zip(places, heights, strict=True)]
