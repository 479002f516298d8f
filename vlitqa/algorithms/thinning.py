"""Thinning: no more points than a curve needs."""

from __future__ import annotations

from collections.abc import Sequence


def thin_points(points: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """At most so many points, each the mean of some neighbours."""
    size = max(1, -(-len(points) // most))
    parts = (points[start : start + size] for start in range(0, len(points), size))
    return [(sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)) for part in parts]
