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


def cluster_by_label_propagation(graph: Graph, min_size: int = 5) -> WordClusters:
    """Ego-Splitting with label propagation in both phases, the defaults of Google's implementation.

    1. The neighbours of a word, with the edges among them, are its ego-net. Label propagation splits it, and each part
       is a persona of the word; a neighbour that no other neighbour knows is a part of its own.
    2. Each edge links the two personas that its words have for one another. Label propagation splits this graph, and
       the words of a part's personas are a cluster.

    Label propagation is the semi-synchronous one of networkx (Cordasco and Gargano 2010). Nodes are coloured greedily,
    largest degree first. Then, colour by colour and until nothing changes, each takes the label that most of its
    neighbours have: of several its own, or else the highest. It ends, for every change makes more edges agree.

    Nothing is random: nodes are numbered by word id, personas by word and first neighbour. All edges weigh the same,
    as there; but `min_size` counts words, not personas, and clusters of equal words are not made one.
    """
    edges, size = len(graph.pairs), int(graph.pairs.max(initial=-1)) + 1
    tail, head = graph.pairs.T.ravel(), graph.pairs[:, ::-1].T.ravel()
    order = np.lexsort((head, tail))
    split, triangles = _split_into_personas(starts_of(tail, size).astype(np.int32), head[order].astype(np.int32))
    personas = np.empty(2 * edges, np.int64)  # of each edge's first end, then of each edge's second
    personas[order] = split
    starts = starts_of(personas, int(personas.max(initial=-1)) + 1).astype(np.int32)
    heads = np.roll(personas, edges)[np.argsort(personas, kind="stable")].astype(np.int32)
    parts = _propagate_labels(starts, heads)
    return _clusters_of(graph, parts[personas].reshape(2, edges).T.ravel(), triangles, min_size)


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


@compiled
def _split_into_personas(starts: Indices, heads: Indices) -> tuple[Ints, int]:
    """The persona of its node that each end of an edge belongs to, and the number of triangles."""
    personas = np.empty(len(heads), np.int64)
    place = np.full(len(starts), -1, np.int32)  # of each node among the neighbours of the current one
    among = np.empty(len(heads), np.int32)
    first, corners = 0, 0
    for node in range(len(starts) - 1):
        around = heads[starts[node] : starts[node + 1]]
        place[around] = np.arange(len(around))
        begins = np.zeros(len(around) + 1, np.int32)
        for number, neighbour in enumerate(around):
            others = heads[starts[neighbour] : starts[neighbour + 1]]
            begins[number + 1] = begins[number] + _write_places(others, place, among[begins[number] :])
        place[around] = -1
        parts = _renumber(_propagate_labels(begins, among[: begins[-1]]), len(around))
        personas[starts[node] : starts[node + 1]] = first + parts
        first += parts.max() + 1 if len(parts) else 0
        corners += begins[-1]
    return personas, corners // 6  # each triangle is seen from three nodes, by both others


@compiled
def _write_places(nodes: Indices, place: Indices, room: Indices) -> int:
    """Writes down the places of those nodes that have one, and counts them."""
    written = 0
    for node in nodes:
        if place[node] >= 0:
            room[written] = place[node]
            written += 1
    return written


@compiled
def _propagate_labels(starts: Indices, heads: Indices) -> Ints:
    """The label of each node when no label changes any more."""
    labels = np.arange(len(starts) - 1)
    tally = np.zeros(len(labels), np.int64)
    order = _by_colour(starts, heads)
    changes = 1
    while changes:
        changes = 0
        for node in order:
            label = _prevailing_label(labels[node], labels[heads[starts[node] : starts[node + 1]]], tally)
            changes += label != labels[node]
            labels[node] = label
    return labels


@compiled
def _prevailing_label(current: int, labels: Ints, tally: Ints) -> int:
    """The most frequent of the labels: of several the current one, or else the highest."""
    most = 0
    for label in labels:
        tally[label] += 1
        most = max(most, tally[label])
    prevailing = current if tally[current] == most else -1
    for label in labels:
        if prevailing != current and tally[label] == most:
            prevailing = max(prevailing, label)
    for label in labels:
        tally[label] = 0
    return prevailing


@compiled
def _by_colour(starts: Indices, heads: Indices) -> Ints:
    """The nodes in the order of their colours: none is linked to another of its colour."""
    colours = np.full(len(starts) - 1, -1)
    seen_by = np.full(len(starts) + 1, -1)  # the last node that has a neighbour of each colour
    for node in np.argsort(starts[:-1] - starts[1:], kind="mergesort"):
        for neighbour in heads[starts[node] : starts[node + 1]]:
            seen_by[colours[neighbour]] = node  # neighbours without a colour yet meet in the last place
        colour = 0
        while seen_by[colour] == node:
            colour += 1
        colours[node] = colour
    return np.argsort(colours, kind="mergesort")
