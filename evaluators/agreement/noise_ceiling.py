"""The noise ceiling: how well the exams of one seed predict those of another."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np

from evaluators.agreement.comparison_arrays import ExamArray, mean_of_present
from evaluators.agreement.drawn_ranks import drawn_interval, pair_signs, rank_correlations
from evaluators.agreement.rater_tables import complete_part
from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.counted import counted
from vlitqa.results.agreement import FEWEST_DATASETS
from vlitqa.results.comparison import NoiseCeiling


def noise_ceilings(exams: ExamArray, seed: int = 0) -> tuple[NoiseCeiling, ...]:
    """The mean over pairs of seeds of the rank correlation, over datasets, of one seed's exams with the other's.

    Both directions of a pair have one value, so that each pair counts once. Datasets that one of the seeds lacks are
    left out of all pairs.
    """
    return tuple(
        _ceiling(NoiseCeiling(exam=exam, method=method, value=None), exams.means_over_models(exam), seed)
        for exam in exams.exams
        for method in ("spearman", "kendall")
    )


def _ceiling(ceiling: NoiseCeiling, scores: Floats, seed: int) -> NoiseCeiling:
    complete, seeds = complete_part(scores)  # (datasets, seeds)
    if len(seeds) < 2:
        return replace(ceiling, reason=f"{counted(len(seeds), 'seed')} with figures of all models, and 2 are needed")
    if len(complete) < FEWEST_DATASETS:
        reason = f"{counted(len(complete), 'dataset')} with figures of all seeds, and {FEWEST_DATASETS} are needed"
        return replace(ceiling, reason=reason)
    changing = [pair_signs(column) for column in complete.T if np.ptp(column)]
    pairs = list(combinations(changing, 2))
    if not pairs:
        return replace(ceiling, reason=f"{ceiling.exam} changes over datasets with fewer than two of the seeds")

    def mean(counts: Floats) -> Floats:
        values = [rank_correlations(ceiling.method, counts, first, second) for first, second in pairs]
        return mean_of_present(np.array(values), axis=0)

    value = float(mean(np.ones((1, len(complete))))[0])
    interval = drawn_interval(mean, len(complete), (-1.0, 1.0), seed)
    return replace(ceiling, value=max(-1.0, min(1.0, value)), interval=interval, pairs_of_seeds=len(pairs))
