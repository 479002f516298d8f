"""The share of pairs of datasets that a metric orders as an exam does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

from evaluators.agreement.correlation import Column
from evaluators.agreement.paired_order import paired_orders
from vlitqa.results.comparison import PairedOrder


def order(quality: Sequence[float], exam: Sequence[float], direction: str = "up", seed: int = 0) -> PairedOrder:
    metrics, exams = [Column("MD", np.array(quality, float))], [Column("SEED", np.array(exam, float))]
    return paired_orders(metrics, exams, {"MD": direction}, seed)[0]


@pytest.mark.parametrize(("direction", "agreeing"), [("up", 5), ("none", 5), ("down", 1)])
def test_pairs_are_counted_in_the_direction_of_the_metric(direction: str, agreeing: int) -> None:
    pair = order([1, 2, 3, 4], [10, 30, 20, 40], direction)
    assert (pair.agreeing, pair.pairs) == (agreeing, 6)


def test_pairs_that_are_equal_in_either_do_not_count() -> None:
    pair = order([1, 1, 2, 3], [5, 6, 7, 7])
    assert (pair.agreeing, pair.pairs) == (4, 4)


def test_a_dataset_without_one_of_both_makes_no_pair() -> None:
    pair = order([1, 2, math.nan, 4], [1, 2, 3, math.nan])
    assert (pair.agreeing, pair.pairs, pair.interval) == (1, 1, None)


def test_the_interval_is_that_of_datasets_drawn_one_by_one() -> None:
    draws = np.random.default_rng(9)
    quality = draws.normal(size=10)
    exam = quality + draws.normal(size=10)
    shares = []
    for _ in range(4000):
        drawn = draws.integers(0, 10, 10)
        signs = [np.sign((quality[a] - quality[b]) * (exam[a] - exam[b])) for a, b in combinations(drawn, 2)]
        shares.append(sum(sign > 0 for sign in signs) / sum(sign != 0 for sign in signs))
    interval = order(list(quality), list(exam)).interval
    assert interval == pytest.approx(tuple(np.quantile(shares, (0.025, 0.975))), abs=0.05)
    reversed_interval = order(list(quality), list(exam), "down").interval
    assert interval is not None
    assert reversed_interval == pytest.approx((1 - interval[1], 1 - interval[0]))
    assert order(list(quality), list(exam)).interval == interval


@pytest.mark.parametrize("quality", [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]])
def test_there_is_no_interval_where_every_draw_says_the_same(quality: list[float]) -> None:
    pair = order(quality, [1, 2, 3, 4, 5])
    assert (pair.agreeing in (0, 10), pair.pairs, pair.interval) == (True, 10, None)


@pytest.mark.parametrize("values", [[], [1], [1, 1, 1, 1]])
def test_without_a_pair_there_is_nothing_to_count(values: list[float]) -> None:
    pair = order(values, values)
    assert (pair.agreeing, pair.pairs, pair.interval) == (0, 0, None)
