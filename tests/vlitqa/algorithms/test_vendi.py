"""Vendi scores against their definition by the matrix of all cosines, and worked out by hand."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.vendi import VendiState


def unit(seed: int, count: int, dimensions: int) -> Floats:
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions)) + 0.5
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def by_definition(vectors: Floats, order: int) -> float:
    """The eigenvalues of K / n, where K holds the cosine of every pair."""
    shares = np.linalg.eigvalsh(vectors @ vectors.T / len(vectors))
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()) if order == 1 else 1 / (shares**2).sum())


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("count", "dimensions"), [(5, 16), (16, 5), (300, 24)])
def test_the_score_is_that_of_the_cosines_of_all_pairs(order: int, count: int, dimensions: int) -> None:
    vectors = unit(count, count, dimensions)
    assert VendiState.of(vectors).score(order) == pytest.approx(by_definition(vectors, order))


def test_vectors_at_right_angles_count_fully_and_copies_not_at_all() -> None:
    for order in (1, 2):
        assert VendiState.of(np.eye(8)[:5]).score(order) == pytest.approx(5)
        assert VendiState.of(np.repeat(np.eye(8)[:1], 9, axis=0)).score(order) == pytest.approx(1)


def test_three_copies_and_one_other_are_worked_out_by_hand() -> None:
    # eigenvalues 3/4 and 1/4: exp of the entropy 4 / 3^(3/4), and 1 / (9/16 + 1/16)
    state = VendiState.of(np.eye(2)[[0, 0, 0, 1]])
    assert state.score(1) == pytest.approx(4 / 3**0.75)
    assert state.score(2) == pytest.approx(1.6)
    assert state.score_of_pairs() == pytest.approx(2)  # 6 of 12 ordered pairs have cosine 1, the others 0


def test_merged_parts_are_the_whole_in_any_order() -> None:
    vectors = unit(1, 10_000, 32)
    whole = VendiState.of(vectors)
    parts = [VendiState.of(part) for part in np.split(vectors, [1, 70, 5_000, 5_000])]
    for order in (parts, parts[::-1]):
        state = reduce(VendiState.merge, order)
        assert state.count == whole.count
        assert np.allclose(state.products, whole.products, rtol=1e-12)
        assert state.score(1) == pytest.approx(whole.score(1), rel=1e-12)


def test_float32_vectors_lose_nothing_that_is_shown() -> None:
    vectors = unit(2, 5_000, 64)
    state, exact = VendiState.of(vectors.astype(np.float32)), VendiState.of(vectors)
    assert state.score(1) == pytest.approx(exact.score(1), rel=1e-5)
    assert state.score_of_pairs() == pytest.approx(exact.score_of_pairs(), rel=1e-5)


def test_the_score_of_pairs_does_not_grow_with_the_number_of_vectors() -> None:
    few = [VendiState.of(unit(seed, 30, 64)) for seed in range(100)]
    many = VendiState.of(unit(1_000, 20_000, 64))
    shared = np.mean([1 / (state.score_of_pairs() or 0) for state in few])  # unbiased is the mean squared cosine
    assert 1 / shared == pytest.approx(many.score_of_pairs(), rel=0.02)
    grown = np.mean([state.score(2) or 0 for state in few])
    assert grown < 0.9 * (many.score(2) or 0)


def test_nothing_has_no_score_and_one_vector_no_pairs() -> None:
    nothing, one = VendiState.of(np.empty((0, 4))), VendiState.of(np.eye(4)[:1])
    assert (nothing.score(1), nothing.score(2), nothing.score_of_pairs()) == (None, None, None)
    assert (one.score(1), one.score(2), one.score_of_pairs()) == (pytest.approx(1), pytest.approx(1), None)
    assert nothing.merge(one).score(1) == pytest.approx(1)


def test_vectors_that_have_nothing_in_common_have_no_score_of_pairs() -> None:
    assert VendiState.of(np.eye(6)).score_of_pairs() is None
