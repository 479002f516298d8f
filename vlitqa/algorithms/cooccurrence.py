"""The graph of words that occur in the same texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.compiled import compiled
from vlitqa.algorithms.ngrams import Corpus


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Pairs of words that occur together: no word with itself, and each pair once."""

    words: int  # different words, those of no pair too
    pairs: Ints  # (edges, 2), the smaller word first, in order
    counts: Ints  # (edges,), the texts that hold both words


def cooccurrence(texts: Corpus, min_count: int = 1, degree_cap: int | None = None) -> Graph:
    """The graph in which every text is a clique of its different words, and an edge counts the texts that hold it.

    Edges of fewer than `min_count` texts are left out first. With a `degree_cap`, a word then keeps its strongest
    neighbours only, of equal ones the smaller word, and an edge stays if both its words keep it. Where no order of the
    texts may show, number the words in an order of their own, such as the alphabet's.
    """
    if not len(texts.ids):
        return Graph(0, np.empty((0, 2), np.int64), np.empty(0, np.int64))
    size = int(texts.ids.max()) + 1
    keys = np.sort(np.repeat(np.arange(len(texts.lengths)), texts.lengths) * size + texts.ids)
    text, word = np.divmod(keys[np.diff(keys, prepend=-1) > 0], size)
    stops: Ints = np.searchsorted(text, text, side="right")
    starts = starts_of(word, size)
    index = word, stops, np.argsort(word, kind="stable"), starts
    edges = _pair_up(index, min_count, np.empty((0, 2), np.int64), np.empty(0, np.int64))
    pairs, counts = np.empty((edges, 2), np.int64), np.empty(edges, np.int64)
    _pair_up(index, min_count, pairs, counts)
    graph = Graph(int(np.count_nonzero(np.diff(starts))), pairs, counts)
    return graph if degree_cap is None else _capped(graph, degree_cap)


def starts_of(values: Ints, size: int) -> Ints:
    """The place at which each value would start if they were sorted, and where the last would end.  # -> (size + 1,)"""
    return np.append(0, np.cumsum(np.bincount(values, minlength=size)))


@compiled
def _pair_up(index: tuple[Ints, Ints, Ints, Ints], min_count: int, pairs: Ints, counts: Ints) -> int:
    """Counts the pairs that occur often enough, and writes them down if there is room for any.

    Word by word, so that memory grows with the different pairs and not with all that occur.
    """
    word, stops, order, starts = index
    tally = np.zeros(len(starts) - 1, np.int64)
    partners = np.empty(len(tally), np.int64)
    written = 0
    for first in range(len(tally)):
        count = 0
        for place in order[starts[first] : starts[first + 1]]:
            for second in word[place + 1 : stops[place]]:
                partners[count] = second
                count += tally[second] == 0
                tally[second] += 1
        for second in np.sort(partners[:count]) if len(pairs) else partners[:count]:
            if tally[second] >= min_count:
                if len(pairs):
                    pairs[written, 0], pairs[written, 1], counts[written] = first, second, tally[second]
                written += 1
            tally[second] = 0
    return written


def _capped(graph: Graph, degree_cap: int) -> Graph:
    """The graph of the edges that both ends keep.

    Section 6.1 of the paper (cap 2000) discards an edge that one end leaves out, and does not say which it keeps.
    """
    node, other = graph.pairs.T.ravel(), graph.pairs[:, ::-1].T.ravel()
    heavy = np.flatnonzero(np.bincount(node)[node] > degree_cap)
    order = heavy[np.lexsort((other[heavy], -np.tile(graph.counts, 2)[heavy], node[heavy]))]
    rank = np.arange(len(order)) - np.searchsorted(node[order], node[order])
    is_kept = np.ones(len(node), bool)
    is_kept[order[rank >= degree_cap]] = False
    by_both = is_kept.reshape(2, -1).all(axis=0)
    return Graph(graph.words, graph.pairs[by_both], graph.counts[by_both])
