"""How a figure answers to faults of known dose, and from which dose on it is more than noise.

The noise of a figure is its own 95% interval without any fault, where it has one. Otherwise it is taken from random
halves of the records: a half varies twice as much as the whole, and halves that are drawn without replacement show
half of that, so that their spread is that of the whole (the delete-d jackknife with d = n / 2, Shao and Wu 1989). A
figure that grows with the dataset is smaller in a half, and its spread is raised in proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from vlitqa.algorithms.rank_correlation import spearman

STEADY = 0.9
"""The rank correlation from which on a figure follows the dose: among five doses two neighbours may change places."""
HALVES = 16
_STUDENT_95 = 2.131
"""The 97.5% quantile of Student's t with HALVES - 1 degrees of freedom."""
_FEWEST = 3
"""Values of which a rank correlation says something."""

Noise = tuple[float, float]
"""The lowest and the highest value that a figure could have without any fault."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the values of a figure say, dose after dose."""

    rho: float | None
    """Spearman's rank correlation of the value with the dose."""
    told_from: float | None
    """The smallest dose from which on every value lies outside the noise."""
    reason: str
    """Why there is no rho."""
    verdict: str
    """The same in a word or two."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How one figure answers to one corruption."""

    metric: str
    figure: str
    variant: str
    direction: str
    """Of the figure: `up` where more is better, so that a fault should lower it; `down` the other way round."""
    aimed: bool
    """Whether the corruption breaks what the figure is about."""
    values: tuple[float | None, ...]
    """At each dose."""
    noise: Noise | None
    answer: Answer


def answer_of(doses: Sequence[float], values: Sequence[float | None], noise: Noise | None, direction: str) -> Answer:
    """Whether a figure rises or falls with the dose, from where on that is more than noise, and what to call it."""
    known = [(dose, value) for dose, value in zip(doses, values, strict=True) if value is not None]
    if len(known) < _FEWEST:
        return Answer(None, None, f"only {len(known)} doses have a value", "no curve")
    told = told_from(doses, values, noise)
    rho = spearman([dose for dose, _ in known], [value for _, value in known])
    if rho is None:
        whole = len(known) == len(doses)
        same = ("it is the same at every dose", "constant") if whole else ("all values are the same", "no curve")
        return Answer(None, None, *same)
    return Answer(rho, told, "", _verdict(rho, told, noise, direction))


def told_from(doses: Sequence[float], values: Sequence[float | None], noise: Noise | None) -> float | None:
    """The smallest dose from which on every value there is lies outside the noise: a single stray one is not enough."""
    if noise is None:
        return None
    low, high = noise
    smallest = None
    known = [(dose, value) for dose, value in zip(doses, values, strict=True) if dose and value is not None]
    for dose, value in sorted(known, reverse=True):
        if low <= value <= high:
            break
        smallest = dose
    return smallest


def noise_of_halves(whole: float, halves: Sequence[float | None]) -> Noise | None:
    """The noise of a figure from its values in random halves; None where one of them has no value."""
    known = [value for value in halves if value is not None]
    if len(known) < HALVES:
        return None
    mean = fmean(known)
    growth = abs(whole / mean) if whole and mean else 1.0
    error = _STUDENT_95 * stdev(known) * growth
    return (whole - error, whole + error)


def _verdict(rho: float, told: float | None, noise: Noise | None, direction: str) -> str:
    if told is None:
        return "blind" if noise else "noise unknown"
    if abs(rho) < STEADY - 1e-9:  # 0.9 is reached by sums of fractions
        return "unsteady"
    if direction == "none":
        return "moves"
    return "follows" if (rho < 0) == (direction == "up") else "wrong way"
