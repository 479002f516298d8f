"""How steadily one thing rises or falls with another: Spearman's rank correlation."""

from __future__ import annotations

import math
from collections.abc import Sequence


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's correlation of the ranks, equals sharing their mean rank; None where either never changes."""
    one, other = _centred(_ranks(first)), _centred(_ranks(second))
    scale = math.sqrt(math.fsum(each * each for each in one) * math.fsum(each * each for each in other))
    if not scale:
        return None
    return math.fsum(a * b for a, b in zip(one, other, strict=True)) / scale


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) - 1) / 2 for value in values]


def _centred(ranks: list[float]) -> list[float]:
    mean = (len(ranks) - 1) / 2
    return [rank - mean for rank in ranks]
