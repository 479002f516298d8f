"""Intervals by resampling: what they cover in a simulation, and what scipy and algebra say of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import t

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.intervals import mean_interval
from vlitqa.algorithms.resampling import (
    FEWEST_DRAWS,
    SubsampledCount,
    _student_quantile,
    grouped_mean_interval,
    subsample,
)


def conversations(seed: int, images: int, alike: float) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], Ints]:
    """Values of images that have one to six of them; those of an image share a part of their luck. The mean is 0."""
    generator = np.random.default_rng(seed)
    groups = np.repeat(np.arange(images), generator.integers(1, 7, images))
    shared = generator.standard_normal(images)[groups]
    return alike**0.5 * shared + (1 - alike) ** 0.5 * generator.standard_normal(len(groups)), groups


def words(seed: int, size: int) -> Ints:
    """Word numbers, of which few are frequent."""
    return np.minimum(np.random.default_rng(seed).zipf(1.5, size), 5_000)


def different(seed: int, size: int, m: int) -> SubsampledCount:
    """The number of different words that m of `size` have."""
    pool = words(seed, size)
    count = subsample(lambda chosen: len(np.unique(pool[chosen])), size, m, 40, seed)
    assert count
    return count


@cache
def long_run(m: int) -> tuple[float, float]:
    """Mean and standard deviation of the number of different words in fresh samples."""
    counts = [len(np.unique(words(100_000 + seed, m))) for seed in range(4_000)]
    return float(np.mean(counts)), float(np.std(counts))


def test_the_grouped_interval_covers_the_mean_about_95_times_of_100_and_the_simple_one_does_not() -> None:
    grouped = simple = 0
    for seed in range(400):
        values, groups = conversations(seed, 60, alike=0.8)
        low, high = grouped_mean_interval(values, groups, seed, draws=500) or (1.0, -1.0)
        grouped += low <= 0 <= high
        low, high = mean_interval(values, range(len(values))) or (1.0, -1.0)
        simple += low <= 0 <= high
    assert 0.90 <= grouped / 400 <= 0.98
    assert simple / 400 < 0.85


def test_groups_of_one_give_the_interval_of_a_mean() -> None:
    values = np.random.default_rng(1).exponential(1.0, 2_000)
    assert grouped_mean_interval(values, np.arange(2_000), 0) == pytest.approx(
        mean_interval(values, range(2_000)), abs=0.005
    )


def test_a_group_counts_with_as_many_values_as_it_has() -> None:
    # 100 images with nine values of 1 and 100 with a single 0: the mean of all values is 0.9, that of the images 0.5
    groups = np.concatenate([np.repeat(np.arange(100), 9), np.arange(100, 200)])
    low, high = grouped_mean_interval((groups < 100).astype(np.float64), groups, 0) or (1.0, -1.0)
    assert 0.85 < low < 0.9 < high < 0.95


def test_copies_of_every_value_change_nothing_while_they_stay_in_their_group() -> None:
    values, groups = conversations(2, 50, alike=0.5)
    once = grouped_mean_interval(values, groups, 7)
    assert once == pytest.approx(grouped_mean_interval(np.repeat(values, 3), np.repeat(groups, 3), 7))


def test_the_seed_alone_decides_and_names_may_be_texts() -> None:
    values, groups = conversations(3, 30, alike=0.5)
    first = grouped_mean_interval(values, groups, 1)
    assert first == grouped_mean_interval(values.tolist(), [f"{group:03}.jpg" for group in groups], 1)
    assert first != grouped_mean_interval(values, groups, 2)


def test_fewer_than_four_groups_have_no_interval() -> None:
    assert grouped_mean_interval([1.0, 2.0, 3.0, 4.0, 5.0], [1, 1, 2, 2, 3], 0) is None
    assert grouped_mean_interval([], [], 0) is None
    assert grouped_mean_interval([3.0] * 8, [1, 1, 2, 2, 3, 3, 4, 4], 0) == (3, 3)


def test_a_count_sees_m_different_places_each_time_and_the_seed_alone_decides() -> None:
    seen: list[Ints] = []

    def count(chosen: Ints) -> float:
        seen.append(chosen)
        return float(chosen[0])

    first = subsample(count, 50, 20, 25, 3)
    assert len(seen) == 25
    assert all(len(set(chosen.tolist())) == 20 and chosen.min() >= 0 and chosen.max() < 50 for chosen in seen)
    assert first == subsample(count, 50, 20, 25, 3)
    assert first != subsample(count, 50, 20, 25, 4)


@pytest.mark.parametrize("size", [250, 500, 2_000])
def test_the_mean_and_sd_at_a_size_do_not_hang_on_the_size_of_the_pool(size: int) -> None:
    mean, sd = long_run(100)
    counts = [different(seed, size, 100) for seed in range(150)]
    assert np.mean([count.mean for count in counts]) == pytest.approx(mean, rel=0.02)
    assert np.mean([count.sd or 0 for count in counts]) == pytest.approx(sd, rel=0.08)


@pytest.mark.parametrize("size", [220, 500, 2_000])
def test_the_interval_covers_what_the_source_has_about_95_times_of_100(size: int) -> None:
    mean, _ = long_run(100)
    intervals = [different(5_000 + seed, size, 100).interval or (1.0, -1.0) for seed in range(300)]
    covered = sum(low <= mean <= high for low, high in intervals)
    assert 0.90 <= covered / 300 <= 0.99


def test_of_a_sum_the_sd_and_the_interval_are_what_algebra_says() -> None:
    values = np.random.default_rng(8).standard_normal(400)
    total = subsample(lambda chosen: float(values[chosen].sum()), 400, 100, 4_000, 0)
    assert total
    assert total.interval
    assert total.mean == pytest.approx(100 * values.mean(), abs=0.6)
    assert total.sd == pytest.approx(10 * values.std(ddof=1), rel=0.04)  # of a sum of 100 values from the source
    half = 1.96 * 100 * values.std(ddof=1) / 20  # of 100 times the mean of 400 values
    assert (total.interval[1] - total.interval[0]) / 2 == pytest.approx(half, rel=0.04)


def test_draws_with_replacement_would_count_clusters_of_copies() -> None:
    places = np.random.default_rng(9).permutation(1_000)  # all different: no two share a value

    def repeated(chosen: Ints) -> int:
        return int((np.unique(places[chosen], return_counts=True)[1] > 1).sum())

    assert repeated(np.random.default_rng(9).integers(0, 1_000, 1_000)) > 200
    assert subsample(repeated, 1_000, 500, FEWEST_DRAWS, 9) == SubsampledCount(0.0, 0.0, (0.0, 0.0))


def test_beyond_half_of_the_pool_there_is_a_mean_but_no_sd_and_no_interval() -> None:
    assert subsample(len, 10, 6, 20, 0) == SubsampledCount(6.0, None, None)
    assert subsample(len, 10, 10, 20, 0) == SubsampledCount(10.0, None, None)
    assert subsample(len, 10, 5, 20, 0) == SubsampledCount(5.0, 0.0, (5.0, 5.0))


def test_a_pool_that_is_too_small_has_no_value_and_too_few_draws_are_refused() -> None:
    assert subsample(len, 10, 11, 20, 0) is None
    for m, draws in ((5, FEWEST_DRAWS - 1), (0, FEWEST_DRAWS)):
        with pytest.raises(ValueError, match="draws"):
            subsample(len, 10, m, draws, 0)


@pytest.mark.parametrize("freedom", [19, 20, 39, 99, 1_000])
def test_the_quantile_is_students(freedom: int) -> None:
    assert _student_quantile(freedom) == pytest.approx(t.ppf(0.975, freedom), abs=5e-4)
