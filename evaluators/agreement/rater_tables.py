"""Agreement within a comparison: of models on the exams of a dataset, and of the seeds of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evaluators.agreement.comparison_arrays import ExamArray
from evaluators.agreement.icc import intraclass_correlations
from vlitqa.algorithms.arrays import Floats
from vlitqa.results.agreement import RaterAgreement
from vlitqa.results.comparison import MEAN_EXAM


def agreement_of_models(exams: ExamArray) -> Mapping[str, RaterAgreement]:
    """By dataset, as in the review's Table 4: its exams are the targets, and the models the raters."""
    scores = np.full((len(exams.datasets), len(_targets(exams)), len(exams.models)), np.nan)
    for place, exam in enumerate(_targets(exams)):
        scores[:, place] = exams.means_over_seeds(exam)
    return {dataset: _agreement(table, exams.models) for dataset, table in zip(exams.datasets, scores, strict=True)}


def agreement_of_seeds(exams: ExamArray) -> Mapping[str, RaterAgreement]:
    """By model: the exams of all datasets are the targets, and the seeds the raters."""
    places = [exams.exams.index(exam) for exam in _targets(exams)]
    scores = exams.values[..., places].transpose(1, 0, 3, 2)  # (models, datasets, exams, seeds)
    seeds = [str(seed) for seed in exams.seeds]
    rows = len(exams.datasets) * len(places)
    return {
        model: _agreement(table.reshape(rows, len(seeds)), seeds)
        for model, table in zip(exams.models, scores, strict=True)
    }


def complete_part(scores: Floats) -> tuple[Floats, list[int]]:
    """The targets that every rater scored, and the places of these raters: those that scored any.  # (targets, raters)

    A rater without any score is left out first, so that it does not take all targets with it.
    """
    raters = np.flatnonzero(np.isfinite(scores).any(axis=0))
    rest = scores[:, raters]
    is_complete = np.isfinite(rest).all(axis=1) & bool(len(raters))
    return rest[is_complete], raters.tolist()


def _targets(exams: ExamArray) -> list[str]:
    """The exams without the mean of all, which would count each a second time."""
    return [exam for exam in exams.exams if exam != MEAN_EXAM]


def _agreement(scores: Floats, raters: Sequence[str]) -> RaterAgreement:
    complete, places = complete_part(scores)
    names = tuple(raters[place] for place in places)
    return RaterAgreement(len(complete), names, intraclass_correlations(complete))
