"""Counts of unique and total n-grams, exact and without a Python object for each n-gram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from vlitqa.algorithms.arrays import Ints


@dataclass(frozen=True, slots=True)
class Corpus:
    """Token ids of segments laid end to end; no n-gram crosses from one segment to the next."""

    ids: Ints  # (tokens,)
    lengths: Ints  # (segments,)

    @property
    def tokens(self) -> int:
        """The number of tokens."""
        return len(self.ids)

    def select(self, segments: Ints, lengths: Ints | None = None) -> Corpus:
        """The corpus of some segments, in their order, each cut to a length if lengths are given."""
        begins = (np.cumsum(self.lengths) - self.lengths)[segments]
        lengths = self.lengths[segments] if lengths is None else lengths
        offsets = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return Corpus(self.ids[np.repeat(begins, lengths) + offsets], lengths)


def corpus_of(segments: Iterable[Sequence[str]]) -> Corpus:
    """The corpus of tokenised segments."""
    rows = list(segments)
    tokens = list(chain.from_iterable(rows))
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    ids = np.fromiter(map(vocabulary.__getitem__, tokens), np.int64, len(tokens))
    return Corpus(ids, np.fromiter(map(len, rows), np.int64, len(rows)))


def ngram_counts(corpus: Corpus, highest: int = 4) -> dict[int, tuple[int, int]]:
    """Unique and total n-grams for n = 2 … highest.

    The id of an n-gram is the rank of (id of its first n-1 tokens, id of its last token), so ids never collide.
    """
    ids = corpus.ids
    if not len(ids):
        return dict.fromkeys(range(2, highest + 1), (0, 0))
    vocabulary = int(ids.max()) + 1
    ends = np.repeat(np.cumsum(corpus.lengths), corpus.lengths)
    remaining = ends - np.arange(len(ids))
    starts, key = np.arange(len(ids)), ids
    counts = {}
    for n in range(2, highest + 1):
        is_whole = remaining[starts] >= n
        starts, key = starts[is_whole], key[is_whole]
        pairs = key * vocabulary + ids[starts + n - 1]
        if n == highest:
            counts[n] = (_count_distinct(pairs), len(pairs))
        else:
            unique, key = np.unique(pairs, return_inverse=True)
            counts[n] = (len(unique), len(pairs))
    return counts


def _count_distinct(values: Ints) -> int:
    """Counts the different values; many times faster than numpy's unique, which hashes them."""
    ordered = np.sort(values)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + bool(len(ordered))


def diversity(corpus: Corpus) -> float | None:
    """The sum over n = 2 … 4 of unique / total n-grams (TextBind, section 4.3); None where there is no 4-gram."""
    counts = ngram_counts(corpus)
    if any(total == 0 for _, total in counts.values()):
        return None
    return sum(unique / total for unique, total in counts.values())
