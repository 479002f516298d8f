"""Spearman's rank correlation: how steadily one value rises or falls with another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_NORMAL_95 = 1.959964
_NEAR_ONE = 1 - 1e-9


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's correlation of the ranks, equals sharing their mean rank; None where either never changes."""
    x, y = _centred(_ranks(first)), _centred(_ranks(second))
    scale = math.sqrt(math.fsum(rank * rank for rank in x) * math.fsum(rank * rank for rank in y))
    if not scale:
        return None
    return math.fsum(a * b for a, b in zip(x, y, strict=True)) / scale


def spearman_interval(correlation: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a rank correlation of so many pairs, four at least (Bonett and Wright 2000)."""
    inside = max(-_NEAR_ONE, min(_NEAR_ONE, correlation))
    error = _NORMAL_95 * math.sqrt((1 + correlation**2 / 2) / (count - 3))
    centre = math.atanh(inside)
    return min(correlation, math.tanh(centre - error)), max(correlation, math.tanh(centre + error))


def _ranks(values: Sequence[float]) -> list[float]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    means = np.cumsum(counts) - (counts + 1) / 2
    return [float(rank) for rank in means[places]]


def _centred(ranks: list[float]) -> list[float]:
    mean = (len(ranks) - 1) / 2
    return [rank - mean for rank in ranks]
