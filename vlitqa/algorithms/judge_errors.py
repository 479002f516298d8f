"""The true share of right items, from an erring judge: copies of known worth reveal how often it errs.

Of the same items a judge calls correct the share p as they are, the share o of their opposites, and the share e of
copies that cannot be right. With its sensitivity q1 (right ones it calls correct) and its specificity q0 (wrong ones it
does not), and t for what is true:

    p = t q1 + (1 - t) (1 - q0)       o = (1 - t) q1 + t (1 - q0)       e = 1 - q0

so that p + o = q1 + 1 - q0, whatever t is, and q1 = p + o - e. The true share of any other items that the judge calls
correct at the share s is then t = (s + q0 - 1) / (q1 + q0 - 1) (Rogan and Gladen 1978).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vlitqa.algorithms.arrays import Floats


class ErrorRates(NamedTuple):
    """The share of right items that a judge calls correct, and of wrong items that it does not."""

    sensitivity: Floats
    specificity: Floats


def error_rates(called: Floats, opposite: Floats, empty: Floats) -> ErrorRates:
    """The error rates from the shares called correct: of items, of opposites, of what cannot be right."""
    return ErrorRates(np.clip(called + opposite - empty, 0, 1), np.clip(1 - empty, 0, 1))


def skill(sensitivity: Floats, specificity: Floats) -> Floats:
    """How far a judge tells right from wrong: 1 for one that never errs, 0 for a coin (Youden's J)."""
    return sensitivity + specificity - 1


def true_share(called: Floats, sensitivity: Floats, specificity: Floats) -> Floats:
    """The share that is right; nan for a judge that tells right from wrong no better than chance."""
    told_apart = skill(sensitivity, specificity)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(told_apart > 0, np.clip((called + specificity - 1) / told_apart, 0, 1), np.nan)
