"""Intervals against values worked out by hand and by scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_1samp

from vlitqa.algorithms.intervals import mean_interval, share_interval


def test_the_interval_of_a_mean_is_students_where_every_value_stands_alone() -> None:
    values = [2.0, 4.0, 6.0, 8.0, 1.0, 3.0, 3.0, 9.0, 4.5]
    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean_interval(values, range(9)) == pytest.approx((expected.low, expected.high))


def test_equal_values_have_an_interval_without_width() -> None:
    assert mean_interval([3.0] * 10, range(10)) == (3.0, 3.0)


def test_few_values_or_groups_have_no_interval() -> None:
    assert mean_interval([1.0] * 7, range(7)) is None
    assert mean_interval([1.0, 2.0] * 50, [0, 1] * 50) is None
    assert mean_interval([], []) is None
    assert share_interval(1, 3) is None
    assert share_interval(0, 0) is None


@pytest.mark.parametrize(("hits", "count"), [(0, 10), (1, 10), (5, 10), (10, 10), (3, 1_000), (4, 4)])
def test_the_interval_of_a_share_is_wilsons(hits: int, count: int) -> None:
    expected = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert share_interval(hits, count) == pytest.approx((expected.low, expected.high), abs=2e-5)  # 1.96 is rounded


def test_a_share_is_always_inside_its_interval_and_the_interval_between_0_and_1() -> None:
    for count in range(4, 60):
        for hits in range(count + 1):
            low, high = share_interval(hits, count) or (2.0, -1.0)
            assert 0 <= low <= hits / count <= high <= 1


@pytest.mark.parametrize("skew", [0.01, 0.5, 0.8])
@pytest.mark.parametrize("count", [8, 20, 50, 200])
def test_the_interval_of_a_mean_covers_the_true_mean_also_where_values_share_images(count: int, skew: float) -> None:
    """Logarithms are normal; values of one image share half of their variance, and an image has one to five.

    Of skewed values few images say less than Student's interval believes: it holds the truth in 87 of 100 then.
    """
    dice = np.random.default_rng(count)
    truth, covered = math.exp(skew**2 / 2), 0
    for _ in range(1_000):
        groups = np.repeat(np.arange(count), dice.integers(1, 6, count))
        shared, own = dice.normal(size=count)[groups], dice.normal(size=len(groups))
        low, high = mean_interval(np.exp(skew * (shared + own) / math.sqrt(2)), groups) or (0.0, 0.0)
        covered += low <= truth <= high
    least = 0.92 if skew < 0.5 or count >= 50 else 0.90 if count >= 20 else 0.86
    assert least < covered / 1_000 < 0.98
