"""Statistics of draws of datasets against those of the drawn columns themselves."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from evaluators.agreement.drawn_ranks import drawn_interval, pair_signs, rank_correlations

SCIPY: dict[str, Callable[..., tuple[float, float]]] = {"spearman": stats.spearmanr, "kendall": stats.kendalltau}
VALUES = np.random.default_rng(4).normal(size=9)


@pytest.mark.parametrize("method", SCIPY)
@pytest.mark.parametrize("decimals", [1, 9], ids=["with ties", "without ties"])
def test_the_correlation_of_a_draw_is_that_of_the_drawn_columns(method: str, decimals: int) -> None:
    draws = np.random.default_rng(3)
    x, y = np.round(draws.normal(size=(2, 7)), decimals)
    counts = draws.multinomial(7, [1 / 7] * 7, 50).astype(float)
    ours = rank_correlations(method, counts, pair_signs(x), pair_signs(y))
    for value, count in zip(ours, counts.astype(int), strict=True):
        assert value == pytest.approx(SCIPY[method](np.repeat(x, count), np.repeat(y, count))[0])


@pytest.mark.parametrize("method", SCIPY)
def test_a_draw_of_one_dataset_alone_has_no_correlation(method: str) -> None:
    signs = pair_signs(np.arange(4.0))
    assert np.isnan(rank_correlations(method, np.array([[4.0, 0, 0, 0]]), signs, signs)).all()


def test_the_interval_of_a_mean_is_that_of_a_bootstrap_drawn_one_by_one() -> None:
    draws = np.random.default_rng(5)
    means = [VALUES[draws.integers(0, 9, 9)].mean() for _ in range(20_000)]
    ours = drawn_interval(lambda counts: counts @ VALUES / 9, 9, (-9.0, 9.0), seed=0)
    assert ours == pytest.approx(tuple(np.quantile(means, (0.025, 0.975))), abs=0.05)


def test_an_interval_is_the_same_for_the_same_seed_alone() -> None:
    first, again, other = (drawn_interval(lambda counts: counts @ VALUES, 9, (-99.0, 99.0), seed) for seed in (1, 1, 2))
    assert first == again != other


def test_what_every_draw_says_has_no_interval() -> None:
    assert drawn_interval(lambda counts: np.ones(len(counts)), 9, (0.0, 1.0), seed=0) is None


def test_three_datasets_have_no_interval() -> None:
    assert drawn_interval(lambda counts: counts[:, 0], 3, (0.0, 3.0), seed=0) is None


def test_a_draw_without_a_value_may_have_any_within_bounds() -> None:
    def half(counts: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return np.where(counts[:, 0] > 0, 0.5, math.nan)

    assert drawn_interval(half, 6, (-1.0, 1.0), seed=0) == (-1.0, 1.0)
