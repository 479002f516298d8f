"""The range of a correlation whose columns were rounded, against a search that may go anywhere in the rounding."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from evaluators.agreement import published
from evaluators.agreement.correlation import coefficient
from evaluators.agreement.rounded_correlation import correlation_range
from vlitqa.algorithms.arrays import Floats

HALVES = np.array([0.05] * 8)


def searched_range(numbers: Floats) -> tuple[float, float]:
    """The ends of the correlation that scipy's bounded search finds from several beginnings."""
    bounds = list(zip(numbers - HALVES, numbers + HALVES, strict=True))
    starts = numbers + np.random.default_rng(0).uniform(-1, 1, (6, 8)) * HALVES

    def distance(numbers: Floats, sign: int) -> float:
        return sign * coefficient("pearson", numbers[:4], numbers[4:])

    low, high = (min(minimize(distance, start, sign, bounds=bounds).fun for start in starts) for sign in (1, -1))
    return float(low), -float(high)


def test_numbers_that_were_not_rounded_have_one_correlation() -> None:
    assert correlation_range((1, 2, 3), (2, 1, 3), (0, 0)) == pytest.approx((0.5, 0.5))


def test_two_points_of_three_move_the_correlation_as_by_hand() -> None:
    # (-1, 0, 1) with (x, y, z), printed as (2, 1, 3): r = (z - x) / sqrt(2 * sum of squared deviations).
    # The least has x up and z down: (2.5, y, 2.5), r = 0. The largest has x down, y up and z up:
    # (1.5, 1.5, 3.5), whose deviations are (-2/3, -2/3, 4/3): r = 2 / sqrt(2 * 8/3) = sqrt(3) / 2.
    assert correlation_range((-1, 0, 1), (2, 1, 3), (0, 0.5)) == pytest.approx((0, 3**0.5 / 2))


@pytest.mark.parametrize("indicator", ["MD", "Bal"])
@pytest.mark.parametrize("exam", ["Overall", "SR", "VR", "TR"])
def test_a_search_finds_nothing_further_out_than_a_thousandth(indicator: str, exam: str) -> None:
    place = published.REVIEW_EXAMS.index(exam)
    means = np.mean([np.array(rows)[:, place] for rows in published.TABLE_3.values()], axis=0)
    column = [value for value in published.TABLE_4[indicator] if value is not None]
    low, high = correlation_range(column, means.tolist(), (0.05, 0.05))
    assert (low, high) == pytest.approx(searched_range(np.array([*column, *means])), abs=5e-4)
