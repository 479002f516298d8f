"""Numbers of labels, so that datasets can be compared (Hill 1973)."""

from __future__ import annotations

import numpy as np

from vlitqa.algorithms.arrays import Floats, Ints


def hill_number(counts: Floats | Ints, order: float) -> float | None:
    """The number of equally frequent labels that would be as diverse; None where all counts, or fractions, are 0.

    (sum p^q)^(1 / (1 - q)), and at q = 1 its limit, the exponential of the entropy. Order 0 counts every label, order 1
    weighs each by how often it comes, order 2 counts the frequent ones.
    """
    if not 0 <= order < np.inf or not (counts >= 0).all():
        raise ValueError("a finite order and counts of 0 or more are needed")
    shares = counts[counts > 0] / counts.sum() if counts.any() else np.empty(0)
    if not len(shares):
        return None
    if order == 1:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    return float((shares**order).sum() ** (1 / (1 - order)))
