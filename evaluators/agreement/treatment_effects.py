"""What quality control changed in exams, beside what a random subset of the same size changed."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import t as t_distribution

from evaluators.agreement.comparison_arrays import ExamArray
from vlitqa.algorithms.arrays import Floats
from vlitqa.results.comparison import ComparedDataset, Comparison, TreatmentEffect

_ROUNDING = 1e-9
"""A smaller share of a difference is what rounding leaves of nothing."""


def treatment_effects(comparison: Comparison, exams: ExamArray) -> tuple[TreatmentEffect, ...]:
    """The effects on every model and exam, of each dataset that is compared with its quality-controlled version.

    Its control is the random subset whose size is nearest; without one the effect stands alone.
    """
    effects: list[TreatmentEffect] = []
    for treated in comparison.datasets:
        if treated.treatment == "quality control" and treated.version_of in exams.datasets:
            effects += _effects(treated, _control_of(treated, comparison), exams)
    return tuple(effects)


def _control_of(treated: ComparedDataset, comparison: Comparison) -> ComparedDataset | None:
    controls = [
        dataset
        for dataset in comparison.datasets
        if dataset.treatment == "random subset" and dataset.version_of == treated.version_of
    ]
    return min(controls, key=lambda control: abs(control.rows - treated.rows), default=None)


def _effects(treated: ComparedDataset, control: ComparedDataset | None, exams: ExamArray) -> list[TreatmentEffect]:
    names = (treated.version_of, treated.name, control.name if control else None)
    none = np.full(exams.values.shape[1:], math.nan)
    versions = [none if name is None else exams.values[exams.datasets.index(name)] for name in names]
    effects = []
    for place, model in enumerate(exams.models):
        for column, exam in enumerate(exams.exams):
            whole, kept, drawn = _common_seeds(np.array([version[place, :, column] for version in versions]))
            effects.append(
                TreatmentEffect(
                    dataset=treated.version_of,
                    model=model,
                    exam=exam,
                    treated=_mean_difference(kept, whole),
                    control=_mean_difference(drawn, whole),
                    interval=_interval(kept - drawn) if np.isfinite(whole).any() else None,
                )
            )
    return effects


def _common_seeds(figures: Floats) -> Floats:
    """The seeds that all versions have, but for a version that has none.  # (versions, seeds)"""
    has_any = np.isfinite(figures).any(axis=1)
    return figures[:, np.isfinite(figures[has_any]).all(axis=0)]


def _mean_difference(figures: Floats, whole: Floats) -> float | None:
    difference = float((figures - whole).sum()) / (len(whole) or math.nan)
    return difference if math.isfinite(difference) else None


def _interval(differences: Floats) -> tuple[float, float] | None:
    """By Student's t, of the differences within seeds; None where these are fewer than two, or do not differ."""
    count = len(differences)
    if count < 2 or not np.isfinite(differences).all() or _is_one(differences):
        return None
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(count)
    half = float(t_distribution.ppf(0.975, count - 1)) * error
    return (mean - half, mean + half)


def _is_one(differences: Floats) -> bool:
    """True if all differences are the same."""
    return bool(np.ptp(differences) <= _ROUNDING * np.abs(differences).max())
