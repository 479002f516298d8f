"""Hill numbers and their kin against brute-force enumeration, scipy, and values worked out by hand."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import comb, exp, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.hill import (
    chao1,
    coverage,
    evenness,
    hill_number,
    rarefied_hill,
    squared_variation,
    unbiased_dominance,
    unbiased_squared_variation,
)

COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=12).filter(any)


def zipf(seed: int, draws: int, labels: int = 200) -> Ints:
    """Counts of labels of which few are frequent."""
    shares = 1 / np.arange(1, labels + 1)
    return np.random.default_rng(seed).multinomial(draws, shares / shares.sum())


def expected(counts: list[int], size: int, order: int) -> float:
    """The rarefied Hill number, by looking at every sample of that size."""
    copies = [label for label, count in enumerate(counts) for _ in range(count)]
    power = entropy = seen = 0.0
    samples = comb(len(copies), size)
    for sample in combinations(copies, size):
        shares = [count / size for count in Counter(sample).values()]
        seen += len(shares) / samples
        entropy -= sum(share * log(share) for share in shares) / samples
        power += sum(share**2 for share in shares) / samples
    return {0: seen, 1: exp(entropy), 2: 1 / power}[order]


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


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("counts", [[1], [4], [1, 1, 1], [5, 3, 1, 1], [6, 0, 6], [9, 2]])
def test_rarefaction_is_what_all_samples_have_on_average(counts: list[int], order: int) -> None:
    for size in range(1, sum(counts) + 1):
        assert rarefied_hill(np.array(counts), size, order) == pytest.approx(expected(counts, size, order))


@pytest.mark.parametrize("order", [0, 1, 2])
def test_rarefied_to_everything_it_is_the_hill_number_itself(order: int) -> None:
    counts = zipf(1, 30_000)
    assert rarefied_hill(counts, 30_000, order) == pytest.approx(hill_number(counts, order), rel=1e-12)


@pytest.mark.parametrize("size", [1, 10, 7_000, 400_000])
def test_rarefaction_of_millions_keeps_its_digits(size: int) -> None:
    counts = np.array([2_000_000, 900_000, 99_000, 900, 98, 2])
    seen = entropy = power = 0.0
    for count in counts.tolist():
        met = np.arange(min(count, size) + 1)
        chances = hypergeom.pmf(met, 3_000_000, count, size)
        shares = np.maximum(met, 1) / size
        seen += 1 - chances[0]
        entropy -= (chances * met / size * np.log(shares)).sum()
        power += (chances * (met / size) ** 2).sum()
    rarefied = [seen, np.exp(entropy), 1 / power]
    assert counts.sum() == 3_000_000
    assert [rarefied_hill(counts, size, order) for order in (0, 1, 2)] == pytest.approx(rarefied, rel=1e-7)


def test_the_rarefied_number_does_not_hang_on_the_size_of_the_pool() -> None:
    for order in (0, 1, 2):
        small = np.mean([rarefied_hill(zipf(seed, 500), 200, order) or 0 for seed in range(100)])
        large = np.mean([rarefied_hill(zipf(1_000 + seed, 8_000), 200, order) or 0 for seed in range(50)])
        assert small == pytest.approx(large, rel=0.02)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_records_with_several_labels_are_drawn_whole(order: int) -> None:
    records = [{0}, {0, 1}, {0, 1, 2}, {3}, {0, 3}, {0}]
    counts = np.array([sum(label in record for record in records) for label in range(4)])
    for size in range(1, 7):
        draws = [Counter(label for record in draw for label in record) for draw in combinations(records, size)]
        drawn = size * counts.sum() / 6  # labels that a sample has on average, the unit of its shares
        if order == 0:
            rarefied = np.mean([len(draw) for draw in draws])
        elif order == 1:
            rarefied = exp(np.mean([-sum(n / drawn * log(n / drawn) for n in draw.values()) for draw in draws]))
        else:
            rarefied = 1 / np.mean([sum((n / drawn) ** 2 for n in draw.values()) for draw in draws])
        assert rarefied_hill(counts, size, order, records=6) == pytest.approx(rarefied)


def test_more_draws_than_there_are_have_no_value_and_nonsense_is_refused() -> None:
    assert rarefied_hill(np.array([2, 1]), 4, 0) is None
    assert rarefied_hill(np.array([2, 1]), 0, 0) is None
    assert rarefied_hill(np.array([0, 0]), 1, 0) is None
    with pytest.raises(ValueError, match="whole"):
        rarefied_hill(np.array([0.5, 2.0]), 1, 0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="order"):
        rarefied_hill(np.array([2, 1]), 2, 3)
    with pytest.raises(ValueError, match="records"):
        rarefied_hill(np.array([4, 1]), 2, 0, records=3)


def test_chao1_and_coverage_are_worked_out_by_hand() -> None:
    counts = np.array([5, 2, 2, 1, 1, 1])  # n = 12, three labels once, two twice
    assert chao1(counts) == pytest.approx(6 + 11 / 12 * 9 / 4)
    assert coverage(counts) == pytest.approx(1 - 3 / 12 * (11 * 3) / (11 * 3 + 2 * 2))
    none_twice = np.array([5, 1, 1, 1])
    assert chao1(none_twice) == pytest.approx(4 + 7 / 8 * 3)
    assert coverage(none_twice) == pytest.approx(1 - 3 / 8 * (7 * 2) / (7 * 2 + 2))


def test_where_no_label_comes_once_everything_was_seen() -> None:
    assert chao1(np.array([4, 2, 0])) == 2
    assert coverage(np.array([4, 2])) == 1
    assert chao1(np.zeros(3, int)) is None
    assert coverage(np.array([1])) is None


def test_coverage_is_the_share_of_the_source_that_was_seen_on_average() -> None:
    shares = 1 / np.arange(1, 201) / (1 / np.arange(1, 201)).sum()
    samples = [zipf(seed, 300) for seed in range(200)]
    true = np.mean([shares[counts > 0].sum() for counts in samples])
    assert np.mean([coverage(counts) or 0 for counts in samples]) == pytest.approx(true, abs=0.005)
    assert np.mean([chao1(counts) or 0 for counts in samples]) < 200  # a lower bound


def test_unbiased_dominance_is_the_share_of_pairs_with_one_label() -> None:
    counts = [3, 2, 1]
    copies = [label for label, count in enumerate(counts) for _ in range(count)]
    pairs = list(combinations(copies, 2))
    assert unbiased_dominance(np.array(counts)) == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    assert unbiased_dominance(np.array([1])) is None


def test_the_unbiased_numbers_do_not_hang_on_the_size_of_the_sample() -> None:
    samples = [np.random.default_rng(seed).multinomial(40, np.full(20, 1 / 20)) for seed in range(500)]
    assert np.mean([unbiased_dominance(counts) or 0 for counts in samples]) == pytest.approx(1 / 20, rel=0.03)
    assert np.mean([unbiased_squared_variation(counts) or 0 for counts in samples]) == pytest.approx(0, abs=0.03)
    # the biased one is (L - 1) / N = 19 / 40 although all labels are equally frequent
    assert np.mean([squared_variation(counts) or 0 for counts in samples]) == pytest.approx(19 / 40, rel=0.05)


@given(COUNTS)
def test_order_2_is_the_number_of_labels_over_one_plus_the_squared_variation(counts: list[int]) -> None:
    array = np.array(counts)
    variation = squared_variation(array)
    assert variation is not None
    assert hill_number(array, 2) == pytest.approx(len(array) / (1 + variation))
    assert variation == pytest.approx(array.var() / array.mean() ** 2)


def test_ten_times_the_data_has_the_same_squared_variation() -> None:
    counts = zipf(2, 1_000)
    assert squared_variation(10 * counts) == pytest.approx(squared_variation(counts))
    assert squared_variation(np.zeros(3)) is None
    assert squared_variation(np.empty(0)) is None
    assert unbiased_squared_variation(np.zeros(3, int)) is None


def test_evenness_is_0_for_one_label_of_several_and_1_for_equal_ones() -> None:
    for order in (1, 2):
        assert evenness(np.array([5, 5, 5, 0]), order) == pytest.approx(1)
        assert evenness(np.array([5, 5, 5, 0]), order, labels=4) == pytest.approx(2 / 3)
        assert evenness(np.array([9, 0, 0]), order, labels=3) == pytest.approx(0)
        assert evenness(np.array([9, 0, 0]), order) is None
        assert evenness(np.zeros(3), order) is None
    assert evenness(np.array([2, 1, 1]), 1) == pytest.approx((2 * 2**0.5 - 1) / 2)
    assert evenness(np.array([2, 1, 1]), 2) == pytest.approx((8 / 3 - 1) / 2)
    with pytest.raises(ValueError, match="vocabulary"):
        evenness(np.array([1, 1, 1]), 1, labels=2)
