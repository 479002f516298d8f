"""Means over pairs against every pair looked at, and what their intervals cover in a simulation."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations

import numpy as np
import pytest

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.pairs import PairMean, chance_of_one_label, squared_cosine

DIRECTIONS = np.random.default_rng(5).normal(size=(401, 16))


def unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return lengths


def places_of(labels: list[tuple[str, ...]]) -> dict[str, Ints]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, held in enumerate(labels):
        for label in held:
            places[label].append(place)
    return {label: np.array(members) for label, members in places.items()}


def test_both_means_are_those_of_all_pairs_of_different_groups() -> None:
    dice = np.random.default_rng(0)
    groups = dice.integers(0, 20, 60)
    labels = [tuple(f"l{label}" for label in dice.choice(6, dice.integers(0, 3), replace=False)) for _ in groups]
    vectors = unit(dice.normal(size=(60, 8)))
    pairs = [(one, other) for one, other in permutations(range(60), 2) if groups[one] != groups[other]]
    shared = [sum((a == b) / len(labels[one]) / len(labels[other]) for a in labels[one] for b in labels[other])
              for one, other in pairs]  # fmt: skip
    chance = chance_of_one_label(labels, groups)
    assert chance and chance.value == pytest.approx(np.mean(shared))  # noqa: PT018
    squares = [float(vectors[one] @ vectors[other]) ** 2 for one, other in pairs
               for _ in set(labels[one]) & set(labels[other])]  # fmt: skip
    mean = squared_cosine(vectors, places_of(labels), groups)
    assert mean and mean.value == pytest.approx(np.mean(squares))  # noqa: PT018


def test_where_there_are_no_pairs_there_is_no_mean() -> None:
    one = np.zeros(3, np.int64)
    assert chance_of_one_label([("a",)] * 3, one) is None
    assert squared_cosine(unit(np.ones((3, 2))), {"a": np.arange(3)}, one) is None
    assert squared_cosine(np.empty((0, 0), np.float32), {}, np.empty(0, np.int64)) is None


def test_of_pairs_that_never_share_a_label_nothing_is_known_but_that() -> None:
    assert chance_of_one_label([(f"l{place}",) for place in range(30)], np.arange(30)) == PairMean(0.0, None)


def source(seed: int, records: int, turns: int) -> tuple[PairMean, PairMean]:
    """Both means of conversations, seven of ten of whose turns have the label of their conversation."""
    dice = np.random.default_rng(seed)
    shared = np.repeat(np.minimum(dice.zipf(1.6, records), 400), turns)
    labels = np.where(dice.random(records * turns) < 0.7, shared, np.minimum(dice.zipf(1.6, records * turns), 400))
    vectors = unit(DIRECTIONS[labels // 3] + 0.8 * dice.normal(size=(len(labels), 16)))
    groups, named = np.repeat(np.arange(records), turns), [(str(label),) for label in labels]
    chance, mean = chance_of_one_label(named, groups), squared_cosine(vectors, places_of(named), groups)
    assert chance
    assert mean
    return chance, mean


@pytest.mark.parametrize(("records", "turns"), [(30, 3), (90, 10), (180, 5), (400, 1)])
def test_no_size_moves_them_and_their_intervals_cover_the_mean_of_the_source(records: int, turns: int) -> None:
    truth = np.mean([[mean.value for mean in source(1_000_000 + seed, 2_000, 2)] for seed in range(30)], axis=0)
    samples = [source(seed, records, turns) for seed in range(200)]
    assert np.mean([[mean.value for mean in means] for means in samples], axis=0) == pytest.approx(truth, rel=0.05)
    intervals = np.array([[mean.interval for mean in means] for means in samples])  # (samples, 2, 2)
    covered = ((intervals[..., 0] <= truth) & (truth <= intervals[..., 1])).mean(axis=0)
    assert (covered >= 0.90).all(), covered
