"""Counts at an equal size: what their intervals cover in a simulation, and what algebra says of them."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.hill import hill_number
from vlitqa.algorithms.resampling import DRAWS, Grouping, SubsampledCount, subsample
from vlitqa.algorithms.vendi import VendiState

DRAWN = 300
DIRECTIONS = np.random.default_rng(5).normal(size=(401, 32))


def conversations(seed: int, records: int, turns: int) -> tuple[Ints, Grouping]:
    """Labels of turns, of which few are frequent; seven of ten turns have the label of their conversation."""
    generator = np.random.default_rng(seed)
    shared = np.repeat(np.minimum(generator.zipf(1.6, records), 400), turns)
    alone = np.minimum(generator.zipf(1.6, records * turns), 400)
    rows = np.repeat(np.arange(records), turns)
    return np.where(generator.random(len(rows)) < 0.7, shared, alone), Grouping(rows, rows)


def vectors_of(labels: Ints, seed: int) -> Vectors:
    vectors = DIRECTIONS[labels] + 0.8 * np.random.default_rng(seed).normal(size=(len(labels), 32))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def different(labels: Ints) -> float:
    return float(len(np.unique(labels)))


def order_1(labels: Ints) -> float:
    return hill_number(np.bincount(labels), 1) or 0.0


@cache
def long_run(turns: int) -> tuple[float, float, float]:
    """The mean number of labels, that of order 1 and the mean Vendi score of fresh samples."""
    samples = [conversations(100_000 + seed, math.ceil(DRAWN / turns), turns)[0][:DRAWN] for seed in range(1_000)]
    scores = [VendiState.of(vectors_of(labels, seed)).score(1) for seed, labels in enumerate(samples[:200])]
    return (
        float(np.mean([different(labels) for labels in samples])),
        float(np.mean([order_1(labels) for labels in samples])),
        float(np.mean([score or 0.0 for score in scores])),
    )


@pytest.mark.parametrize(("records", "turns"), [(90, 10), (180, 5), (1_000, 1)])
def test_the_intervals_cover_what_the_source_has_also_where_conversations_repeat_themselves(
    records: int, turns: int
) -> None:
    covered = np.zeros(3)
    for seed in range(200):
        labels, grouping = conversations(seed, records, turns)
        vectors = vectors_of(labels, seed)
        counts = (
            subsample(lambda places, labels=labels: different(labels[places]), grouping, DRAWN, 0),  # type: ignore[misc]
            subsample(lambda places, labels=labels: order_1(labels[places]), grouping, DRAWN, 0),  # type: ignore[misc]
            subsample(
                lambda places, vectors=vectors: VendiState.of(vectors[places]).score(1) or 0.0, grouping, DRAWN, 0
            ),  # type: ignore[misc]
        )
        for place, (count, truth) in enumerate(zip(counts, long_run(turns), strict=True)):
            low, high = (count.interval if count else None) or (1.0, -1.0)
            covered[place] += low <= truth <= high
    assert (covered / 200 >= 0.90).all(), covered / 200


@pytest.mark.parametrize("records", [200, 1_000, 5_000])
def test_the_mean_does_not_hang_on_the_size_of_the_pool(records: int) -> None:
    counts = []
    for seed in range(40):
        labels, grouping = conversations(seed, records, 3)
        count = subsample(lambda places, labels=labels: different(labels[places]), grouping, DRAWN, seed)  # type: ignore[misc]
        counts.append(count.mean if count else 0.0)
    assert np.mean(counts) == pytest.approx(long_run(3)[0], rel=0.03)


def test_records_that_share_images_have_a_wider_interval_and_the_same_mean() -> None:
    widths = []
    for seed in range(20):
        labels, grouping = conversations(seed, 300, 6)
        rows = np.arange(1_800)  # every turn a record of its own
        counts = [
            subsample(lambda places, labels=labels: float((labels[places] == 1).sum()), each, DRAWN, seed)  # type: ignore[misc]
            for each in (Grouping(rows, rows), Grouping(rows, grouping.records))  # about 1,800 images, or about 300
        ]
        alone, together = (count for count in counts if count)
        assert alone.mean == together.mean
        widths.append([high - low for low, high in (alone.interval or (), together.interval or ())])
    alone_width, together_width = np.mean(widths, axis=0)
    assert together_width > 1.4 * alone_width


def test_a_count_sees_whole_records_of_which_the_last_is_cut_and_the_seed_alone_decides() -> None:
    seen: list[Ints] = []
    grouping = Grouping(np.repeat(np.arange(50), 4), np.repeat(np.arange(50), 4))

    def count(chosen: Ints) -> float:
        seen.append(chosen)
        return float(chosen[0])

    first = subsample(count, grouping, 30, 3)
    assert len(seen) == DRAWS
    for chosen in seen:
        rows = chosen // 4
        assert len(set(chosen.tolist())) == 30
        assert all((rows == row).sum() == 4 for row in rows[:28])
    assert first == subsample(count, grouping, 30, 3)
    assert first != subsample(count, grouping, 30, 4)


def single(size: int) -> Grouping:
    return Grouping(np.arange(size), np.arange(size))


def test_of_a_sum_the_interval_is_what_algebra_says() -> None:
    values = np.random.default_rng(8).standard_normal(400)
    totals = [subsample(lambda chosen: float(values[chosen].sum()), single(400), 100, seed) for seed in range(200)]
    halves = [(total.interval[1] - total.interval[0]) / 2 for total in totals if total and total.interval]
    sd = values.std(ddof=1)
    # the error of 100 times the mean of 400 values, and that of the mean of 20 draws of 100 of the 400
    error = math.sqrt((100 * sd / 20) ** 2 + 100 * sd**2 * (1 - 100 / 400) / DRAWS)
    assert np.mean(halves) == pytest.approx(2.093 * error, rel=0.05)


def test_draws_with_replacement_would_count_clusters_of_copies() -> None:
    places = np.random.default_rng(9).permutation(1_000)  # all different: no two share a value

    def repeated(chosen: Ints) -> int:
        return int((np.unique(places[chosen], return_counts=True)[1] > 1).sum())

    assert repeated(np.random.default_rng(9).integers(0, 1_000, 1_000)) > 200
    assert subsample(repeated, single(1_000), 500, 9) == SubsampledCount(0.0, (0.0, 0.0))


def test_beyond_half_of_the_pool_or_for_fewer_than_eight_images_there_is_a_mean_but_no_interval() -> None:
    assert subsample(len, single(20), 12, 0) == SubsampledCount(12.0, None)
    assert subsample(len, single(20), 20, 0) == SubsampledCount(20.0, None)
    assert subsample(len, single(20), 10, 0) == SubsampledCount(10.0, (10.0, 10.0))
    assert subsample(len, Grouping(np.arange(20), np.arange(20) % 7), 10, 0) == SubsampledCount(10.0, None)


def test_a_pool_that_is_too_small_has_no_value() -> None:
    assert subsample(len, single(10), 11, 0) is None
    assert subsample(len, single(10), 0, 0) is None
