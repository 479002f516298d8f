"""The correlations that columns of a printed table may have had before their numbers were rounded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from vlitqa.algorithms.arrays import Floats


def correlation_range(
    first: Sequence[float], second: Sequence[float], half_digits: tuple[float, float]
) -> tuple[float, float]:
    """The smallest and the largest Pearson correlation of numbers that round to those printed.

    Each number takes its printed value and both ends of its rounding: 3^n columns of either kind, for the four or five
    datasets of a paper. No column may be constant anywhere in its rounding.
    """
    units = [_unit_columns(column, half) for column, half in zip((first, second), half_digits, strict=True)]
    values = units[0] @ units[1].T
    return max(-1.0, float(values.min())), min(1.0, float(values.max()))


def _unit_columns(printed: Sequence[float], half: float) -> Floats:
    """What a column may have been, without its mean and of length 1.  # (columns, datasets)"""
    steps = np.array(list(product((-half, 0.0, half) if half else (0.0,), repeat=len(printed))))
    centred = np.array(printed) + steps
    centred -= centred.mean(axis=1, keepdims=True)
    units: Floats = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    return units
