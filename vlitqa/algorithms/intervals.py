"""95% confidence intervals of a mean and of a share, by formula."""

from __future__ import annotations

import math
from collections.abc import Sequence

_NORMAL_95 = 1.96
"""The 97.5% quantile of the normal distribution."""
_FEWEST_VALUES = 4


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The normal interval of a mean, ± 1.96 standard errors; None for fewer than four values."""
    count = len(values)
    if count < _FEWEST_VALUES:
        return None
    mean = math.fsum(values) / count
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    error = _NORMAL_95 * math.sqrt(variance / count)
    return (mean - error, mean + error)


def share_interval(hits: float, count: float) -> tuple[float, float] | None:
    """Wilson's interval of a share, which stays between 0 and 1; None for fewer than four cases.

    Cases that depend on each other are worth fewer: then both numbers may be broken ones.
    """
    if count < _FEWEST_VALUES:
        return None
    squared = _NORMAL_95**2
    centre = (hits + squared / 2) / (count + squared)
    error = _NORMAL_95 * math.sqrt(hits * (count - hits) / count + squared / 4) / (count + squared)
    return (max(0.0, centre - error), min(1.0, centre + error))
