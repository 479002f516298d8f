"""Intervals against values worked out by hand and by scipy, and what they cover in simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_1samp

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.intervals import grouped_share_interval, mean_interval, share_interval, statistic_interval


def test_the_interval_of_a_mean_of_values_without_skew_is_students() -> None:
    values = np.random.default_rng(0).normal(5, 1, 40)
    values = np.concatenate([values, 10 - values])  # symmetric about 5
    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean_interval(values, range(80)) == pytest.approx((expected.low, expected.high))


def test_the_interval_of_skewed_values_reaches_further_to_the_side_of_the_long_tail() -> None:
    for count in (12, 200):
        values = np.random.default_rng(1).exponential(1.0, count)
        low, high = mean_interval(values, range(count)) or (0.0, 0.0)
        assert high - values.mean() > 1.1 * (values.mean() - low)


def test_equal_values_have_an_interval_without_width() -> None:
    assert mean_interval([3.0] * 10, range(10)) == (3.0, 3.0)


def test_few_values_or_groups_have_no_interval() -> None:
    assert mean_interval([1.0] * 7, range(7)) is None
    assert mean_interval([1.0, 2.0] * 50, [0, 1] * 50) is None
    assert mean_interval([], []) is None
    assert share_interval(1, 7) is None
    assert share_interval(0, 0) is None
    assert grouped_share_interval([1.0] * 50, [0] * 50) is None
    assert statistic_interval(lambda sums: sums[:, 0], np.ones((7, 1)), range(7)) is None


@pytest.mark.parametrize(("hits", "count"), [(0, 10), (1, 10), (5, 10), (10, 10), (3, 1_000), (8, 8)])
def test_the_interval_of_a_share_is_wilsons(hits: int, count: int) -> None:
    expected = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert share_interval(hits, count) == pytest.approx((expected.low, expected.high), abs=2e-5)  # 1.96 is rounded


def test_a_share_is_always_inside_its_interval_and_the_interval_between_0_and_1() -> None:
    for count in range(8, 60):
        for hits in range(count + 1):
            low, high = share_interval(hits, count) or (2.0, -1.0)
            assert 0 <= low <= hits / count <= high <= 1


def images(dice: np.random.Generator, count: int) -> Ints:
    """The image of each value: one to five an image."""
    return np.repeat(np.arange(count), dice.integers(1, 6, count))


@pytest.mark.parametrize("skew", [0.01, 0.5, 0.8])
@pytest.mark.parametrize("count", [8, 15, 30, 100])
def test_the_interval_of_a_mean_covers_the_true_mean_also_where_values_share_images(count: int, skew: float) -> None:
    """Logarithms are normal; values of one image share half of their variance."""
    dice = np.random.default_rng(count)
    truth, covered = math.exp(skew**2 / 2), 0
    for _ in range(600):
        groups = images(dice, count)
        shared, alone = dice.normal(size=count)[groups], dice.normal(size=len(groups))
        low, high = mean_interval(np.exp(skew * (shared + alone) / math.sqrt(2)), groups) or (0.0, 0.0)
        covered += low <= truth <= high
    assert 0.90 <= covered / 600 <= 0.98


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.97])
@pytest.mark.parametrize("count", [12, 30, 100])
def test_the_interval_of_a_share_covers_it_also_near_0_and_1_where_cases_share_images(count: int, share: float) -> None:
    """The cases of an image have a share of their own, which varies as widely as a beta of total 4."""
    dice = np.random.default_rng(count)
    covered = 0
    for _ in range(600):
        groups = images(dice, count)
        hits = dice.random(len(groups)) < dice.beta(4 * share, 4 * (1 - share), count)[groups]
        low, high = grouped_share_interval(hits.astype(np.float64), groups) or (1.0, 0.0)
        covered += low <= share <= high
    assert covered / 600 >= 0.90


def test_cases_that_stand_alone_have_wilsons_interval_and_groups_of_equal_cases_are_worth_one_each() -> None:
    hits = np.array([1.0] * 30 + [0.0] * 10)
    assert grouped_share_interval(hits, range(40)) == pytest.approx(share_interval(30, 40), abs=0.003)
    assert grouped_share_interval(np.repeat(hits, 5), np.repeat(np.arange(40), 5)) == pytest.approx(
        share_interval(30, 40), abs=0.003
    )
    assert grouped_share_interval([1.0] * 40, np.repeat(np.arange(10), 4)) == share_interval(10, 10)


def test_a_statistic_of_sums_has_the_interval_of_the_mean_where_it_is_one() -> None:
    dice = np.random.default_rng(3)
    groups = images(dice, 60)
    columns = np.stack([dice.exponential(1.0, len(groups)), np.ones(len(groups))], axis=1)
    found = statistic_interval(lambda sums: sums[:, 0] / sums[:, 1], columns, groups)
    assert found == pytest.approx(mean_interval(columns[:, 0], groups), rel=0.02)


def test_the_interval_of_a_ratio_covers_it() -> None:
    """The ratio of the sum of one column to that of another, both of which vary; images have one to five rows."""
    dice = np.random.default_rng(4)
    covered = 0
    for _ in range(400):
        groups = images(dice, 40)
        below = dice.gamma(4.0, 1.0, 40)[groups] + dice.gamma(4.0, 1.0, len(groups))  # mean 8
        above = below * dice.gamma(9.0, 1 / 18, len(groups))  # half of it
        low, high = statistic_interval(
            lambda sums: sums[:, 0] / sums[:, 1], np.stack([above, below], axis=1), groups
        ) or (1.0, 0.0)
        covered += low <= 0.5 <= high
    assert 0.91 <= covered / 400 <= 0.98


def test_a_statistic_that_is_not_there_without_some_group_has_no_interval() -> None:
    assert statistic_interval(lambda sums: sums[:, 0] * np.nan, np.ones((10, 1)), range(10)) is None


def test_a_group_counts_with_as_many_values_as_it_has() -> None:
    # 100 images with nine values of 1 and 100 with a single 0: the mean of all values is 0.9, that of the images 0.5
    groups = np.concatenate([np.repeat(np.arange(100), 9), np.arange(100, 200)])
    low, high = grouped_share_interval((groups < 100).astype(np.float64), groups) or (1.0, -1.0)
    assert 0.85 < low < 0.9 < high < 0.95


def test_copies_change_nothing_while_they_stay_in_their_group_and_names_may_be_texts() -> None:
    dice = np.random.default_rng(2)
    groups = images(dice, 50)
    values = dice.normal(size=len(groups))
    once = mean_interval(values, groups)
    assert once == pytest.approx(mean_interval(np.repeat(values, 3), np.repeat(groups, 3)))
    assert once == mean_interval(values.tolist(), [f"{group:03}.jpg" for group in groups])
