"""Correlations against scipy, and against what a small number of datasets allows to say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from evaluators.agreement.correlation import (
    METHODS,
    Column,
    bh_corrected,
    coefficient,
    correlations,
    fisher_interval,
    holm_corrected,
)
from vlitqa.results.agreement import Correlation

NAMES = tuple("abcdefghijklmnop")
SCIPY = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}


def correlate(x: Sequence[float], y: Sequence[float], method: str) -> Correlation:
    first, second = Column("x", np.array(x, float)), Column("y", np.array(y, float))
    return correlations(NAMES[: len(first.values)], [first], [second], method)[0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [4, 5, 6, 7, 12, 16])
@pytest.mark.parametrize("scale", [None, 1.5], ids=["without ties", "with ties"])
def test_values_and_p_are_those_of_scipy(method: str, n: int, scale: float | None) -> None:
    x, y = np.random.default_rng(n).normal(size=(2, n))
    if scale:
        x, y = np.round(x * scale), np.round(y * scale)
        x[0], x[1], y[0], y[1] = -3, 3, -4, 4
    expected = SCIPY[method](x, y, **({"method": "asymptotic"} if method == "kendall" else {}))
    pair = correlate(x, y, method)
    assert pair.value == pytest.approx(expected.statistic, abs=1e-12)
    assert pair.p_parametric == pytest.approx(expected.pvalue, abs=1e-9)
    if method == "pearson":
        assert pair.interval == pytest.approx(tuple(expected.confidence_interval()), abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_p_of_few_datasets_is_that_of_all_orders(method: str) -> None:
    x, y = np.random.default_rng(7).normal(size=(2, 6))
    exact = stats.permutation_test(
        (x,),
        lambda order: abs(SCIPY[method](order, y).statistic),
        permutation_type="pairings",
        n_resamples=np.inf,
        alternative="greater",
    )
    assert correlate(x, y, method).p == pytest.approx(exact.pvalue, abs=1e-12)


def test_kendalls_p_is_the_exact_one_where_nothing_is_tied() -> None:
    x, y = np.random.default_rng(7).normal(size=(2, 8))
    assert correlate(x, y, "kendall").p == pytest.approx(stats.kendalltau(x, y, method="exact").pvalue, abs=1e-12)


def test_four_datasets_in_perfect_order_are_not_significant() -> None:
    pair = correlate([1, 2, 3, 4], [10, 20, 30, 41], "spearman")
    assert pair.value == pytest.approx(1.0)
    assert pair.p == pytest.approx(2 / 24)


def test_a_perfect_correlation_has_no_interval() -> None:
    assert correlate([1, 2, 3, 4], [3, 5, 7, 9], "pearson").interval is None


def test_p_of_many_datasets_never_is_zero() -> None:
    assert correlate(range(14), range(14), "pearson").p == pytest.approx(1 / 10_001)


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([1, 2, 3], [1, 2, 3], "3 datasets with both values, and 4 are needed"),
        ([1, 2, 3, 4], [5, 5, 5, 5], "y never changes"),
        ([1, 2, 3, float("nan"), 5], [1, float("nan"), 3, 4, 5], "3 datasets with both values, and 4 are needed"),
    ],
)
def test_what_cannot_be_said_is_said(x: list[float], y: list[float], reason: str) -> None:
    pair = correlate(x, y, "pearson")
    assert (pair.value, pair.p, pair.p_holm, pair.reason) == (None, None, None, reason)


def test_the_dataset_on_which_all_hangs_is_named() -> None:
    pair = correlate([1, 2, 1, 2, 9], [2, 1, 1.5, 1.6, 9], "pearson")
    assert pair.influential is not None
    name, rest = pair.influential
    assert name == "e"
    assert rest < 0 < 0.9 < (pair.value or 0)
    assert [dataset for dataset, _ in pair.without] == list("abcde")


def test_corrections_for_many_pairs_are_those_that_were_worked_out_by_hand() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    assert holm_corrected(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert bh_corrected(p) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert holm_corrected([]) == bh_corrected([]) == []


@pytest.mark.parametrize("decimals", [1, 2, 16])
def test_the_share_of_false_calls_is_bounded_by_the_smallest_ratio_at_and_above_each_rank(decimals: int) -> None:
    """Benjamini and Hochberg's definition, with ties: the least of p times pairs over rank, among all p not smaller."""
    p = np.round(np.random.default_rng(7).random(30), decimals).tolist()
    ratios = [(value, value * len(p) / rank) for rank, value in enumerate(sorted(p), 1)]
    by_definition = [min(1.0, *(ratio for other, ratio in ratios if other >= value)) for value in p]
    assert bh_corrected(p) == pytest.approx(by_definition, abs=1e-15)


def test_pairs_without_a_value_do_not_count_as_pairs() -> None:
    names, x = NAMES[:5], Column("x", np.array([1.0, 3, 2, 5, 4]))
    flat, y = Column("flat", np.ones(5)), Column("y", np.array([2.0, 3, 1, 5, 4]))
    alone = correlations(names, [x], [y], "spearman")[0]
    assert correlations(names, [x], [flat, y], "spearman")[1].p_holm == alone.p_holm == alone.p


@pytest.mark.parametrize("n", [6, 8, 20])
@pytest.mark.parametrize("rho", [0.0, 0.5])
@pytest.mark.parametrize("method", METHODS)
def test_intervals_hold_the_true_correlation_as_often_as_they_say(method: str, rho: float, n: int) -> None:
    """Of normal pairs the rank correlations are known: 2/π asin(ρ), and 6/π asin(ρ/2)."""
    truth = {
        "pearson": rho,
        "spearman": 6 / math.pi * math.asin(rho / 2),
        "kendall": 2 / math.pi * math.asin(rho),
    }[method]
    dice = np.random.default_rng(n)
    intervals = []
    for _ in range(1_000):
        x, noise = dice.normal(size=(2, n))
        value = coefficient(method, x, rho * x + math.sqrt(1 - rho**2) * noise)
        intervals.append(fisher_interval(value, n, method))
    covered = [low <= truth <= high for low, high in filter(None, intervals)]
    assert 0.92 < np.mean(covered) < (0.995 if n == 6 else 0.98)
