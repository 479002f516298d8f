"""Diversity at a fixed number of tokens: what it must not depend on, and how honest its interval is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from vlitqa.algorithms.ngrams import Corpus, diversity
from vlitqa.algorithms.rarefaction import _GroupPool, rarefied_diversity
from vlitqa.algorithms.resampling import Grouping

BUDGET = 1_000
NOTHING = Grouping(np.empty(0, np.int64), np.empty(0, np.int64))


def pool(seed: int, records: int) -> tuple[Corpus, Grouping]:
    """Records of one to three segments with Zipf's words about a topic of the record, and the record of each."""
    generator = np.random.default_rng(seed)
    segments = np.repeat(np.arange(records), generator.integers(1, 4, records))
    lengths = generator.integers(3, 25, len(segments))
    words = np.minimum(generator.zipf(1.4, int(lengths.sum())), 300)
    topics = generator.integers(0, 20, records)[segments]
    return Corpus(words * 20 + np.repeat(topics, lengths), lengths), Grouping(segments, segments)


@cache
def long_run_mean() -> float:
    """The mean over pools that are so large that their own luck hardly matters."""
    values = [rarefied_diversity(*pool(1_000 + seed, 2_000), BUDGET, seed) for seed in range(20)]
    return sum(rarefied.value for rarefied in values if rarefied) / len(values)


def test_a_draw_holds_exactly_as_many_tokens_as_asked_for() -> None:
    corpus, records = pool(0, 60)
    record_pool = _GroupPool(corpus, records.records)
    for budget in (1, 7, 500, corpus.tokens):
        for seed in range(10):
            drawn = record_pool.draw(np.random.default_rng(seed), budget)
            assert drawn.tokens == budget == drawn.lengths.sum()


def test_the_segments_of_a_record_are_drawn_together() -> None:
    # record 0 owns the words 0 to 9 in two segments, record 1 the words 10 to 19, record 2 the words 20 to 29
    corpus = Corpus(np.arange(30), np.array([4, 5, 6, 5, 4, 6]))
    record_pool = _GroupPool(corpus, np.array([0, 1, 0, 1, 2, 2]))
    owner = np.repeat([0, 1, 0, 1, 2, 2], corpus.lengths)
    for seed in range(20):
        drawn = owner[record_pool.draw(np.random.default_rng(seed), 20).ids]
        runs = drawn[np.flatnonzero(np.diff(drawn, prepend=-1))]
        assert len(runs) == len(set(runs))


def test_drawing_everything_is_the_diversity_of_the_whole() -> None:
    corpus, records = pool(3, 40)
    rarefied = rarefied_diversity(corpus, records, corpus.tokens, seed=0)
    assert rarefied
    assert rarefied.value == pytest.approx(diversity(corpus))
    assert rarefied.interval is None


def test_too_few_tokens_have_no_value() -> None:
    corpus, records = pool(3, 10)
    assert rarefied_diversity(corpus, records, corpus.tokens + 1, seed=0) is None
    assert rarefied_diversity(Corpus(np.empty(0, np.int64), np.empty(0, np.int64)), NOTHING, 1, 0) is None


def test_segments_without_four_words_have_no_value() -> None:
    assert (
        rarefied_diversity(Corpus(np.arange(30), np.full(10, 3)), Grouping(np.arange(10), np.arange(10)), 12, seed=0)
        is None
    )


def test_the_same_seed_gives_the_same_value_and_another_seed_another() -> None:
    corpus, records = pool(4, 200)
    first = rarefied_diversity(corpus, records, BUDGET, seed=1)
    assert rarefied_diversity(corpus, records, BUDGET, seed=1) == first
    assert rarefied_diversity(corpus, records, BUDGET, seed=2) != first


@pytest.mark.parametrize("records", [200, 800, 3_200])
def test_the_value_does_not_depend_on_the_size_of_the_pool(records: int) -> None:
    values = [rarefied_diversity(*pool(50 + seed, records), BUDGET, seed) for seed in range(20)]
    mean = sum(rarefied.value for rarefied in values if rarefied) / 20
    assert mean == pytest.approx(long_run_mean(), abs=0.015)


def test_the_diversity_of_everything_falls_with_the_size_of_the_pool() -> None:
    small, large = diversity(pool(5, 200)[0]), diversity(pool(5, 3_200)[0])
    assert small
    assert large
    assert small > large + 0.3


@pytest.mark.slow
@pytest.mark.parametrize("records", [90, 150, 400])
def test_the_interval_covers_the_long_run_mean_about_95_times_of_100(records: int) -> None:
    values = [rarefied_diversity(*pool(5_000 + seed, records), BUDGET, seed) for seed in range(200)]
    intervals = [rarefied.interval for rarefied in values if rarefied and rarefied.interval]
    assert len(intervals) >= 190
    covered = sum(low <= long_run_mean() <= high for low, high in intervals)
    assert 0.90 <= covered / len(intervals) <= 0.995


def test_half_of_the_tokens_is_the_most_that_has_an_interval() -> None:
    corpus, records = pool(6, 100)
    inside = rarefied_diversity(corpus, records, corpus.tokens // 2, seed=0)
    beyond = rarefied_diversity(corpus, records, corpus.tokens // 2 + 1, seed=0)
    assert inside
    assert inside.interval
    assert beyond
    assert beyond.interval is None


def test_records_that_share_images_have_a_wider_interval_and_the_same_value() -> None:
    generator = np.random.default_rng(7)
    rows, lengths = np.arange(600), np.full(600, 20)
    topics = np.repeat(generator.integers(0, 200, 600 // 6), 6)  # six records an image, about one thing
    corpus = Corpus(np.minimum(generator.zipf(1.6, 600 * 20), 50) * 200 + np.repeat(topics, lengths), lengths)
    alone = rarefied_diversity(corpus, Grouping(rows, rows), BUDGET, seed=0)
    together = rarefied_diversity(corpus, Grouping(rows, rows // 6), BUDGET, seed=0)
    assert alone and together and alone.interval and together.interval  # noqa: PT018 - for the type checker
    assert alone.value == together.value
    assert together.interval[1] - together.interval[0] > 1.2 * (alone.interval[1] - alone.interval[0])
