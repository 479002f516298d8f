"""N-gram diversity at a fixed number of tokens, so that datasets of different sizes can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vlitqa.algorithms.arrays import Floats, Ints
from vlitqa.algorithms.intervals import FEWEST_GROUPS
from vlitqa.algorithms.ngrams import Corpus, diversity
from vlitqa.algorithms.resampling import DRAWS, Grouping, interval_of_draws


@dataclass(frozen=True, slots=True)
class RarefiedDiversity:
    """The mean diversity over draws of a fixed number of tokens; its 95% interval where the pool is large enough."""

    value: float
    interval: tuple[float, float] | None


def rarefied_diversity(corpus: Corpus, grouping: Grouping, budget: int, seed: int) -> RarefiedDiversity | None:
    """N-gram diversity of `budget` tokens, drawn record by record without replacement; None if there are fewer.

    The spread is that of draws of whole images, as in `resampling.subsample`.
    """
    if corpus.tokens < budget:
        return None
    values = _diversities(corpus, grouping.records, budget, seed)
    if values is None:
        return None
    images = len(np.unique(grouping.images))
    shares_images = images < len(np.unique(grouping.records))
    spread = _diversities(corpus, grouping.images, budget, seed) if shares_images else values
    mean, interval = float(values.mean()), None
    if spread is not None and images >= FEWEST_GROUPS:
        interval = interval_of_draws(mean, spread, budget / corpus.tokens)
    return RarefiedDiversity(mean, interval)


def _diversities(corpus: Corpus, groups: Ints, budget: int, seed: int) -> Floats | None:
    """The diversity of so many draws; None where one of them has no four words in a row."""
    pool = _GroupPool(corpus, groups)
    generator = np.random.default_rng(seed)
    draws = [diversity(pool.draw(generator, budget)) for _ in range(DRAWS)]
    values = [value for value in draws if value is not None]
    return np.array(values, np.float64) if len(values) == DRAWS else None


class _GroupPool:
    """A corpus from which whole groups of segments can be drawn."""

    def __init__(self, corpus: Corpus, groups: Ints) -> None:
        self._corpus = corpus
        self._order = np.argsort(groups, kind="stable")
        _, self._firsts, self._counts = np.unique(groups[self._order], return_index=True, return_counts=True)
        self._sizes = np.add.reduceat(corpus.lengths[self._order], self._firsts)

    def draw(self, generator: np.random.Generator, budget: int) -> Corpus:
        """Draws exactly `budget` tokens: whole groups in random order, the last one cut."""
        shuffled = generator.permutation(len(self._sizes))
        tokens = np.cumsum(self._sizes[shuffled])
        drawn = shuffled[: int(np.searchsorted(tokens, budget)) + 1]
        counts = self._counts[drawn]
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        segments = self._order[np.repeat(self._firsts[drawn], counts) + within]
        lengths = self._corpus.lengths[segments]
        before = np.cumsum(lengths) - lengths
        return self._corpus.select(segments, np.clip(budget - before, 0, lengths))
