"""Intervals against values worked out by hand and by scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from vlitqa.algorithms.intervals import mean_interval, share_interval


def test_the_interval_of_a_mean_is_two_standard_errors_wide_on_either_side() -> None:
    # mean 5, sample variance (9 + 1 + 1 + 9) / 3 = 20 / 3, standard error sqrt(20 / 12)
    low, high = mean_interval([2, 4, 6, 8]) or (0, 0)
    assert (low, high) == pytest.approx((5 - 1.96 * (20 / 12) ** 0.5, 5 + 1.96 * (20 / 12) ** 0.5))


def test_equal_values_have_an_interval_without_width() -> None:
    assert mean_interval([3.0] * 10) == (3.0, 3.0)


def test_fewer_than_four_values_have_no_interval() -> None:
    assert mean_interval([1.0, 2.0, 3.0]) is None
    assert mean_interval([]) is None
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


def test_the_interval_of_a_mean_covers_the_true_mean_about_95_times_of_100() -> None:
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(2_000):
        low, high = mean_interval(generator.exponential(1.0, 100).tolist()) or (0, 0)
        covered += low <= 1.0 <= high
    assert 0.92 <= covered / 2_000 <= 0.97
