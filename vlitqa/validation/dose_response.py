"""The response of a figure to faults of known dose, and the dose from which on it is more than noise.

The noise of a figure is its own 95% interval without any fault, where it has one. Otherwise it is taken from random
halves of the records: the variance of a half is twice that of the whole, and halves that are drawn without replacement
show half of it, so that their variance is that of the whole (the delete-d jackknife with d = n / 2, Shao and Wu 1989).
A figure that grows with the dataset is smaller in a half, and its deviation is raised in proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from vlitqa.algorithms.rank_correlation import spearman

STEADY_RHO = 0.9
"""The rank correlation from which on a figure follows the dose: among five doses two neighbours may change places."""
HALVES = 16
"""The number of random halves that noise is taken from."""
_STUDENT_95 = 2.131
"""The 97.5% quantile of Student's t with HALVES - 1 degrees of freedom."""
_FEWEST_VALUES = 3
"""Fewer values have no rank correlation that says anything."""

Noise = tuple[float, float]
"""The lowest and the highest value that a figure could have without any fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse:
    """The verdict on the values of a figure, dose after dose."""

    rho: float | None
    """Spearman's rank correlation of the value with the dose."""
    detected_from: float | None
    """The smallest dose from which on every value lies outside the noise."""
    reason: str
    """Why there is no rho."""
    verdict: str
    """The same in a word or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCurve:
    """The values of one figure over the doses of one corruption."""

    metric: str
    figure: str
    variant: str
    direction: str
    """Of the figure: `up` where more is better, so that a fault should lower it; `down` the other way round."""
    aimed: bool
    """True if the corruption breaks what the figure is about."""
    values: tuple[float | None, ...]
    """The value at each dose."""
    noise: Noise | None
    answer: DoseResponse


def dose_response_of(
    doses: Sequence[float], values: Sequence[float | None], noise: Noise | None, direction: str
) -> DoseResponse:
    """The rank correlation of a figure with the dose, the dose that it tells from none, and a verdict."""
    pairs = [(dose, value) for dose, value in zip(doses, values, strict=True) if value is not None]
    if len(pairs) < _FEWEST_VALUES:
        return _without_rho(f"only {len(pairs)} doses have a value", "no curve")
    rho = spearman([dose for dose, _ in pairs], [value for _, value in pairs])
    if rho is None and len(pairs) < len(doses):
        return _without_rho("all values are the same", "no curve")
    if rho is None:
        return _without_rho("it is the same at every dose", "constant")
    smallest = smallest_told_dose(doses, values, noise)
    return DoseResponse(rho=rho, detected_from=smallest, reason="", verdict=_verdict(rho, smallest, noise, direction))


def smallest_told_dose(doses: Sequence[float], values: Sequence[float | None], noise: Noise | None) -> float | None:
    """The smallest dose from which on every value lies outside the noise; a single stray value is not enough."""
    if noise is None:
        return None
    low, high = noise
    smallest = None
    pairs = [(dose, value) for dose, value in zip(doses, values, strict=True) if dose and value is not None]
    for dose, value in sorted(pairs, reverse=True):
        if low <= value <= high:
            break
        smallest = dose
    return smallest


def noise_of_halves(whole: float, halves: Sequence[float | None]) -> Noise | None:
    """The noise of a figure from its values in random halves; None where one of them has no value."""
    values = [value for value in halves if value is not None]
    if len(values) < HALVES:
        return None
    mean = fmean(values)
    growth = abs(whole / mean) if whole and mean else 1.0
    error = _STUDENT_95 * stdev(values) * growth
    return (whole - error, whole + error)


def _without_rho(reason: str, verdict: str) -> DoseResponse:
    return DoseResponse(rho=None, detected_from=None, reason=reason, verdict=verdict)


def _verdict(rho: float, detected_from: float | None, noise: Noise | None, direction: str) -> str:
    if detected_from is None:
        return "blind" if noise else "noise unknown"
    if abs(rho) < STEADY_RHO - 1e-9:  # 0.9 is reached by sums of fractions
        return "unsteady"
    if direction == "none":
        return "moves"
    return "follows" if (rho < 0) == (direction == "up") else "wrong way"
