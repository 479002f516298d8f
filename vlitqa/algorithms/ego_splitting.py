"""Overlapping clusters of words that are used together, found by Ego-Splitting (Epasto et al., KDD 2017).

docs/decisions/0011-our-own-dbscan-and-ego-splitting.md says why it is no library's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vlitqa.algorithms.arrays import Indices, Ints
from vlitqa.algorithms.compiled import compiled
from vlitqa.algorithms.cooccurrence import Graph, starts_of


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WordClusters:
    """The clusters of a graph's words; one word may be in many, and a word without an edge is in none."""

    nodes: int  # words with an edge
    edges: int
    triangles: int
    count: int
    large: int  # clusters of at least `min_size` words
    largest_share: float | None  # of all words, in the cluster that holds most; None where there is no word
    labels: Ints  # (edges, 2), the cluster of each end of each edge; numbered in the order in which they come
    members: Ints  # (memberships, 2), cluster and word, in order and each once


def cluster_by_components(graph: Graph, min_size: int = 5) -> WordClusters:
    """Ego-Splitting with connected components in both phases, as section 5 of the paper analyses it.

    No ego-net is built. Two edges of a word are in one of its personas if a chain of triangles at that word links them,
    so two edges are in one cluster if any chain of triangles does (3-clique percolation): each triangle joins its three
    edges, and an edge of no triangle is a cluster of two words. Triangles are met once each, from their word of lowest
    degree, which keeps the walk within the 3/2 power of the number of edges.
    """
    degree = np.bincount(graph.pairs.ravel())
    rank = np.empty(len(degree), np.int64)
    rank[np.argsort(degree, kind="stable")] = np.arange(len(degree))
    low, high = np.sort(rank[graph.pairs], axis=1).T
    order = np.argsort(low * len(degree) + high)
    parents, triangles = _percolate(starts_of(low, len(degree)).astype(np.int32), high[order].astype(np.int32))
    labels = np.empty(len(order), np.int64)
    labels[order] = parents
    return _clusters_of(graph, np.repeat(labels, 2), triangles, min_size)


def _clusters_of(graph: Graph, ends: Ints, triangles: int, min_size: int) -> WordClusters:
    """The clusters, from any label for both ends of each edge.  # ends: (2 * edges,)"""
    words, size = graph.pairs.ravel(), int(graph.pairs.max(initial=0)) + 1
    labels = _renumber(ends, int(ends.max(initial=-1)) + 1)
    keys = np.sort(labels * size + words)
    members = np.stack(np.divmod(keys[np.diff(keys, prepend=-1) > 0], size), axis=1)
    sizes = np.bincount(members[:, 0])
    return WordClusters(
        nodes=int(np.count_nonzero(np.bincount(words))),
        edges=len(graph.pairs),
        triangles=triangles,
        count=len(sizes),
        large=int(np.count_nonzero(sizes >= min_size)),
        largest_share=int(sizes.max(initial=0)) / graph.words if graph.words else None,
        labels=labels.reshape(-1, 2),
        members=members,
    )


@compiled
def _renumber(labels: Ints, size: int) -> Ints:
    """Numbers the labels in the order in which they first come."""
    numbers = np.full(size, -1, np.int64)
    renumbered = np.empty(len(labels), np.int64)
    next_number = 0
    for place, label in enumerate(labels):
        if numbers[label] < 0:
            numbers[label] = next_number
            next_number += 1
        renumbered[place] = numbers[label]
    return renumbered


@compiled
def _percolate(starts: Indices, heads: Indices) -> tuple[Indices, int]:
    """For each edge the first of those that triangles link to it, and the number of triangles."""
    parents = np.arange(len(heads)).astype(np.int32)
    edge_to = np.full(len(starts), -1, np.int32)  # the edge from the current node to each other
    triangles = 0
    for node in range(len(starts) - 1):
        begin, end = starts[node], starts[node + 1]
        edge_to[heads[begin:end]] = np.arange(begin, end)
        for edge in range(begin, end):
            triangles += _join_triangles(edge, starts, heads, parents, edge_to)
        edge_to[heads[begin:end]] = -1
    for edge in range(len(parents)):  # a parent comes before its child, so it leads to the root already
        parents[edge] = parents[parents[edge]]
    return parents, triangles


@compiled
def _join_triangles(edge: int, starts: Indices, heads: Indices, parents: Indices, edge_to: Indices) -> int:
    """Joins the edges of every triangle on an edge whose third node is of higher rank, and counts these triangles."""
    root, triangles = _root(parents, edge), 0
    for second in range(starts[heads[edge]], starts[heads[edge] + 1]):
        third = edge_to[heads[second]]
        if third >= 0:
            triangles += 1
            for other in (second, third):
                if parents[other] != root:  # most are joined already
                    root = _join(parents, root, _root(parents, other))
    return triangles


@compiled
def _root(parents: Indices, edge: int) -> int:
    while parents[edge] != edge:
        parents[edge] = parents[parents[edge]]
        edge = parents[edge]
    return edge


@compiled
def _join(parents: Indices, left: int, right: int) -> int:
    """The common root of two roots: the smaller of them."""
    root = min(left, right)
    parents[max(left, right)] = root
    return root
