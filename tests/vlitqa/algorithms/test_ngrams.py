"""N-grams against collections.Counter, and against values counted by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlitqa.algorithms.ngrams import corpus_of, diversity, ngram_counts

SEGMENTS = st.lists(st.lists(st.sampled_from("abcde"), max_size=9), max_size=12)


def counted(segments: list[list[str]], n: int) -> tuple[int, int]:
    """Unique and total n-grams, one Python object for each."""
    grams = Counter(tuple(words[start : start + n]) for words in segments for start in range(len(words) - n + 1))
    return len(grams), grams.total()


@given(SEGMENTS)
def test_unique_and_total_ngrams_are_those_of_a_counter(segments: list[list[str]]) -> None:
    expected = {n: counted(segments, n) for n in (2, 3, 4)}
    assert ngram_counts(corpus_of(segments)) == expected


@given(SEGMENTS, st.integers(2, 7))
def test_the_longest_ngram_can_be_chosen(segments: list[list[str]], highest: int) -> None:
    assert ngram_counts(corpus_of(segments), highest) == {n: counted(segments, n) for n in range(2, highest + 1)}


def test_a_large_vocabulary_never_collides() -> None:
    generator = np.random.default_rng(0)
    segments = [[f"w{word}" for word in generator.integers(0, 30_000, 200)] for _ in range(200)]
    assert ngram_counts(corpus_of(segments)) == {n: counted(segments, n) for n in (2, 3, 4)}


def test_no_ngram_crosses_from_one_segment_to_the_next() -> None:
    assert ngram_counts(corpus_of([["a", "b"], ["c", "d"]]))[2] == (2, 2)
    assert ngram_counts(corpus_of([["a", "b"], [], ["a", "b"], []])) == {2: (1, 2), 3: (0, 0), 4: (0, 0)}


def test_the_empty_corpus_has_no_ngram() -> None:
    for segments in ([], [[]], [[], []]):
        assert ngram_counts(corpus_of(segments)) == {2: (0, 0), 3: (0, 0), 4: (0, 0)}


def test_diversity_is_the_sum_of_three_ratios() -> None:
    # a b a b a b: 5 pairs, 2 of them different; 4 triples, 2 different; 3 fours, 2 different
    assert diversity(corpus_of([list("ababab")])) == pytest.approx(2 / 5 + 2 / 4 + 2 / 3)
    assert diversity(corpus_of([list("abcd")])) == 3.0


def test_diversity_needs_four_words_in_a_row() -> None:
    assert diversity(corpus_of([list("abc"), list("abc")])) is None
    assert diversity(corpus_of([])) is None


@given(SEGMENTS, st.data())
def test_a_selection_is_the_corpus_of_those_segments_cut_to_length(
    segments: list[list[str]], data: st.DataObject
) -> None:
    places = st.integers(0, len(segments) - 1)
    chosen = data.draw(st.lists(places, max_size=9)) if segments else []
    lengths = [data.draw(st.integers(0, len(segments[segment]))) for segment in chosen]
    selected = corpus_of(segments).select(np.array(chosen, np.int64), np.array(lengths, np.int64))
    cut = [segments[segment][:length] for segment, length in zip(chosen, lengths, strict=True)]
    assert selected.tokens == sum(lengths)
    assert ngram_counts(selected) == {n: counted(cut, n) for n in (2, 3, 4)}
    whole = corpus_of(segments).select(np.array(chosen, np.int64))
    assert ngram_counts(whole) == {n: counted([segments[segment] for segment in chosen], n) for n in (2, 3, 4)}
