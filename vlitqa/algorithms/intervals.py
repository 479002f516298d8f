"""95% confidence intervals of a mean and of a share, by formula."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import t as t_distribution

_HIGH = 0.975
_NORMAL_95 = 1.96
"""The 97.5% quantile of the normal distribution."""
_FEWEST_VALUES = 4
_FEWEST_GROUPS = 8
"""Of fewer nothing can be said: their spread is hardly known."""


def mean_interval(values: Sequence[float], groups: Sequence[object]) -> tuple[float, float] | None:
    """Student's interval of a mean whose values stand or fall together in groups; None for fewer than eight groups."""
    names, members = np.unique(np.asarray(groups), return_inverse=True)
    freedom = len(names) - 1
    if freedom < _FEWEST_GROUPS - 1:
        return None
    numbers = np.asarray(values, np.float64)
    mean = float(numbers.mean())
    apart = np.bincount(members, weights=numbers - mean)  # (groups,)
    error = math.sqrt(float(apart @ apart) * len(names) / freedom) / len(numbers)
    half = float(t_distribution.ppf(_HIGH, freedom)) * error
    return (mean - half, mean + half)


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
