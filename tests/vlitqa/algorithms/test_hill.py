"""Hill numbers against values worked out by hand."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.hill import hill_number

COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=12).filter(any)


def zipf(seed: int, draws: int, labels: int = 200) -> Ints:
    """Counts of labels of which few are frequent."""
    shares = 1 / np.arange(1, labels + 1)
    return np.random.default_rng(seed).multinomial(draws, shares / shares.sum())


def test_hill_numbers_are_worked_out_by_hand() -> None:
    counts = np.array([2, 1, 1, 0])
    assert hill_number(counts, 0) == 3
    assert hill_number(counts, 1) == pytest.approx(2 * 2**0.5)  # entropy log(2) / 2 + 2 log(4) / 4
    assert hill_number(counts, 2) == pytest.approx(1 / (1 / 4 + 1 / 16 + 1 / 16))


@given(COUNTS)
def test_hill_numbers_fall_with_their_order_and_equal_labels_count_fully(counts: list[int]) -> None:
    numbers = [hill_number(np.array(counts), order) or 0 for order in (0, 0.5, 1, 2, 5)]
    assert numbers == sorted(numbers, reverse=True) or np.ptp(numbers) < 1e-9
    assert numbers[-1] >= 1 - 1e-9
    assert hill_number(np.full(len(counts), 7), 1) == pytest.approx(len(counts))


def test_order_1_is_the_limit_of_its_neighbours() -> None:
    counts = zipf(0, 500)
    assert hill_number(counts, 1 + 1e-7) == pytest.approx(hill_number(counts, 1), rel=1e-5)


def test_fractions_of_a_count_are_counts_and_their_unit_does_not_matter() -> None:
    counts = np.array([0.5, 0.25, 0.25])  # one record with a half and two quarters of a label
    for order in (0, 1, 2):
        assert hill_number(counts, order) == pytest.approx(hill_number(4 * counts, order))


def test_no_counts_have_no_hill_number_and_negative_ones_are_refused() -> None:
    assert hill_number(np.empty(0), 1) is None
    assert hill_number(np.zeros(3), 0) is None
    for bad in (np.array([1, -1]), np.array([1, np.nan])):
        with pytest.raises(ValueError, match="0 or more"):
            hill_number(bad, 1)
    for order in (-1, inf):
        with pytest.raises(ValueError, match="order"):
            hill_number(np.array([1, 2]), order)
