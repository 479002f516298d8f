"""How steadily one thing rises or falls with another: Spearman's rank correlation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's correlation of the ranks, equals sharing their mean rank; None where either never changes."""
    one, other = _centred(_ranks(first)), _centred(_ranks(second))
    scale = math.sqrt(math.fsum(each * each for each in one) * math.fsum(each * each for each in other))
    if not scale:
        return None
    return math.fsum(a * b for a, b in zip(one, other, strict=True)) / scale


def _ranks(values: Sequence[float]) -> list[float]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    means = np.cumsum(counts) - (counts + 1) / 2
    return [float(each) for each in means[places]]


def _centred(ranks: list[float]) -> list[float]:
    mean = (len(ranks) - 1) / 2
    return [rank - mean for rank in ranks]
