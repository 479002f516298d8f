"""The noise ceiling: the correlation of seeds, and where it has no value."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from evaluators.agreement.comparison_arrays import exam_array
from evaluators.agreement.noise_ceiling import noise_ceilings
from tests.given.comparisons import comparison_of
from vlitqa.results.comparison import NoiseCeiling

DRAWS = np.random.default_rng(6)
FIGURES = DRAWS.normal(size=(9, 1, 1, 1)) + 0.7 * DRAWS.normal(size=(9, 2, 3, 1))
"""Of 9 datasets, 2 models, 3 seeds, 1 exam."""


def ceilings(figures: np.ndarray, seed: int = 0) -> dict[str, NoiseCeiling]:  # type: ignore[type-arg]
    return {part.method: part for part in noise_ceilings(exam_array(comparison_of(figures, {})), seed)}


def test_the_value_is_the_mean_over_pairs_of_seeds() -> None:
    scores = FIGURES[..., 0].mean(axis=1)  # (datasets, seeds)
    pairs = list(combinations(scores.T, 2))
    ours = ceilings(FIGURES)
    assert ours["spearman"].value == pytest.approx(np.mean([stats.spearmanr(*pair).statistic for pair in pairs]))
    assert ours["kendall"].value == pytest.approx(np.mean([stats.kendalltau(*pair).statistic for pair in pairs]))
    assert ours["kendall"].pairs_of_seeds == 3


def test_the_interval_is_that_of_datasets_drawn_one_by_one() -> None:
    scores, draws = FIGURES[..., 0].mean(axis=1), np.random.default_rng(7)
    values = []
    for _ in range(2000):
        drawn = scores[draws.integers(0, 9, 9)]
        values.append(np.mean([stats.kendalltau(*pair).statistic for pair in combinations(drawn.T, 2)]))
    assert ceilings(FIGURES)["kendall"].interval == pytest.approx(tuple(np.quantile(values, (0.025, 0.975))), abs=0.06)


def test_seeds_of_nothing_but_noise_predict_nothing_and_seeds_without_noise_all() -> None:
    noise = np.random.default_rng(8).normal(size=(200, 1, 2, 1))
    assert abs(ceilings(noise)["spearman"].value or 1) < 0.2
    exact = ceilings(np.repeat(FIGURES[:, :, :1], 2, axis=2))["spearman"]
    assert (exact.value, exact.interval) == (pytest.approx(1), None)


def test_a_dataset_that_one_seed_lacks_is_left_out_and_no_more() -> None:
    gap = FIGURES.copy()
    gap[8, 0, 1] = math.nan
    assert ceilings(gap) == ceilings(FIGURES[:8])


def test_a_seed_without_any_figure_is_left_out_and_no_more() -> None:
    gap = FIGURES.copy()
    gap[:, :, 2] = math.nan
    assert ceilings(gap) == ceilings(FIGURES[:, :, :2])


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        (FIGURES[:, :, :1], "1 seed with figures of all models, and 2 are needed"),
        (FIGURES[:, :0], "0 seeds with figures of all models, and 2 are needed"),
        (FIGURES[:3], "3 datasets with figures of all seeds, and 4 are needed"),
        (np.ones((5, 1, 2, 1)), "exam 0 changes over datasets with fewer than two of the seeds"),
    ],
)
def test_what_has_no_value_has_a_reason(figures: np.ndarray, reason: str) -> None:  # type: ignore[type-arg]
    for ceiling in ceilings(figures).values():
        assert (ceiling.value, ceiling.interval, ceiling.pairs_of_seeds, ceiling.reason) == (None, None, 0, reason)
