"""N-gram diversity at a fixed number of tokens, so that datasets of different sizes can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vlitqa.algorithms.arrays import Floats, Ints
from vlitqa.algorithms.ngrams import Corpus, diversity

DRAWS = 20
_STUDENT_95 = 2.093
"""The 97.5% quantile of Student's t with DRAWS - 1 degrees of freedom: the variance comes from so few draws."""


@dataclass(frozen=True, slots=True)
class RarefiedDiversity:
    """The mean diversity over draws of a fixed number of tokens; its 95% interval where the pool is large enough."""

    value: float
    interval: tuple[float, float] | None


def rarefied_diversity(corpus: Corpus, records: Ints, budget: int, seed: int) -> RarefiedDiversity | None:
    """N-gram diversity of `budget` tokens, drawn record by record without replacement; None if there are fewer.

    `records` says of every segment which record it belongs to: a record's segments are drawn together.
    """
    if corpus.tokens < budget:
        return None
    pool = _RecordPool(corpus, records)
    generator = np.random.default_rng(seed)
    draws = [diversity(pool.draw(generator, budget)) for _ in range(DRAWS)]
    values = np.array([value for value in draws if value is not None])
    if len(values) < DRAWS:
        return None
    return RarefiedDiversity(float(values.mean()), _mean_interval(values, budget / corpus.tokens))


def _mean_interval(values: Floats, share: float) -> tuple[float, float] | None:
    """The interval of the mean of draws that each hold `share` of the tokens.

    Draws without replacement vary less than samples of the source would, by a factor 1 - share; the mean over all
    possible draws varies with share times the variance of one sample. Beyond half of the tokens the draws overlap
    too much to say anything.
    """
    if share > 0.5:
        return None
    variance = float(values.var(ddof=1))
    error = np.sqrt(share * variance / (1 - share) + variance / len(values))
    mean = float(values.mean())
    return (mean - _STUDENT_95 * float(error), mean + _STUDENT_95 * float(error))


class _RecordPool:
    """A corpus from which whole records can be drawn."""

    def __init__(self, corpus: Corpus, records: Ints) -> None:
        self._corpus = corpus
        self._order = np.argsort(records, kind="stable")
        _, self._firsts, self._counts = np.unique(records[self._order], return_index=True, return_counts=True)
        self._sizes = np.add.reduceat(corpus.lengths[self._order], self._firsts)

    def draw(self, generator: np.random.Generator, budget: int) -> Corpus:
        """Draws exactly `budget` tokens: whole records in random order, the last one cut."""
        shuffled = generator.permutation(len(self._sizes))
        tokens = np.cumsum(self._sizes[shuffled])
        drawn = shuffled[: int(np.searchsorted(tokens, budget)) + 1]
        counts = self._counts[drawn]
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        segments = self._order[np.repeat(self._firsts[drawn], counts) + within]
        lengths = self._corpus.lengths[segments]
        before = np.cumsum(lengths) - lengths
        return self._corpus.select(segments, np.clip(budget - before, 0, lengths))
