"""Trees of core points that grow pair by pair: the compiled half of `density_clusters`.

A point with too little weight within reach keeps a list of its neighbours, which is shorter than `min_samples`; when it
has enough it is a core, is joined to the cores of its list, and from then on every pair of cores is joined as it comes.
So no pair is kept, however many there are, and what is left in the lists at the end are the neighbours of the border
points. The order in which pairs come changes neither the cores nor their trees nor the lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vlitqa.algorithms.arrays import Floats, Indices, Ints, Vectors
from vlitqa.algorithms.compiled import compiled

NOISE = -1


class Forest(NamedTuple):
    """The state of every point at every threshold; a tree of cores is a cluster."""

    cosines: Floats  # (levels,), ascending
    margin: float  # how far a float32 product may be from the exact one
    min_samples: int
    weights: Ints  # (points,)
    reached: Ints  # (levels, points), weight within reach, counted until a point is a core
    neighbours: Indices  # (levels, points, at most min_samples - 1), of a point that is no core
    neighbour_counts: Indices  # (levels, points)
    parents: Indices  # (levels, points), a core's parent, never larger than itself; NOISE for what is no core


def new_forest(cosines: Sequence[float], min_samples: int, weights: Ints, margin: float) -> Forest:
    """A forest in which every point is alone; a core where its own weight is enough."""
    shape = (len(cosines), len(weights))
    parents = np.where(weights >= min_samples, np.arange(len(weights)), NOISE).astype(np.int32)
    longest_list = max(min(min_samples, len(weights)) - 1, 1)
    return Forest(
        cosines=np.array(cosines, np.float64),
        margin=margin,
        min_samples=min_samples,
        weights=weights,
        reached=np.tile(weights, (len(cosines), 1)),
        neighbours=np.zeros((*shape, longest_list), np.int32),
        neighbour_counts=np.zeros(shape, np.int32),
        parents=np.tile(parents, (len(cosines), 1)),
    )


@compiled
def join_near_pairs(products: Vectors, corner: tuple[int, int], vectors: Vectors, forest: Forest) -> None:
    """Joins every pair of a tile that is near at the lowest threshold, each pair once."""
    top, left = corner
    parents, floors = forest.parents, forest.cosines - forest.margin  # a field taken for each pair costs 30 times more
    lowest = np.float32(floors[0] - 1e-6)  # rounded down, whatever it is
    for row in range(products.shape[0]):
        for column in range(max(0, top + row + 1 - left), products.shape[1]):
            product = products[row, column]
            if product >= lowest and not _is_joined(parents, floors, top + row, left + column, product):
                _join_pair((top + row, left + column), product, vectors, forest)


@compiled
def _is_joined(parents: Indices, floors: Floats, point: int, other: int, product: float) -> bool:
    """True if two points have one parent at every threshold that they may reach, as most of a dense place have."""
    for level in range(len(floors)):
        if product < floors[level]:
            return True
        if parents[level, point] != parents[level, other] or parents[level, point] == NOISE:
            return False
    return True


@compiled
def _join_pair(pair: tuple[int, int], product: float, vectors: Vectors, forest: Forest) -> None:
    """Makes two different points neighbours at every threshold that their product reaches."""
    point, other = pair
    for level, cosine in enumerate(forest.cosines):
        if product < cosine - forest.margin:
            return
        if product < cosine + forest.margin and not _is_within(vectors[point], vectors[other], cosine):
            return
        _add_neighbour(level, point, other, forest)
        _add_neighbour(level, other, point, forest)
        if forest.parents[level, point] != NOISE and forest.parents[level, other] != NOISE:
            _unite(forest.parents[level], point, other)


@compiled
def _is_within(vector: Vectors, other: Vectors, cosine: float) -> bool:
    """Decides in float64, in the same order everywhere."""
    squared = 0.0
    for dimension in range(len(vector)):
        squared += (np.float64(vector[dimension]) - np.float64(other[dimension])) ** 2
    return squared <= 2 - 2 * cosine


@compiled
def _add_neighbour(level: int, point: int, neighbour: int, forest: Forest) -> None:
    """Lists a neighbour of a point, or makes the point a core and joins it to the cores on its list.

    A listed neighbour that is no core yet has this point on its own list.
    """
    parents = forest.parents[level]
    if parents[point] != NOISE:
        return
    forest.reached[level, point] += forest.weights[neighbour]
    if forest.reached[level, point] < forest.min_samples:
        forest.neighbours[level, point, forest.neighbour_counts[level, point]] = neighbour
        forest.neighbour_counts[level, point] += 1
        return
    parents[point] = point
    for listed in forest.neighbours[level, point, : forest.neighbour_counts[level, point]]:
        if parents[listed] != NOISE:
            _unite(parents, point, listed)


@compiled
def _unite(parents: Indices, point: int, other: int) -> None:
    """Makes two trees one; the smaller root stays, so that the root of a cluster is its first core."""
    first, second = _root(parents, point), _root(parents, other)
    lower = min(first, second)
    parents[first] = parents[second] = parents[point] = parents[other] = lower


@compiled
def _root(parents: Indices, point: int) -> int:
    while parents[point] != point:
        parents[point] = parents[parents[point]]  # shortens the way for the next who asks
        point = parents[point]
    return point


@compiled
def is_settled(parents: Indices, rows: tuple[int, int], columns: tuple[int, int]) -> bool:
    """True if all points of a tile are cores of one tree at every threshold."""
    for level in range(len(parents)):
        for begin, end in (rows, columns):
            for point in range(begin, end):
                if parents[level, point] == NOISE or _root(parents[level], point) != _root(parents[level], rows[0]):
                    return False
    return True


@compiled
def find_roots(parents: Indices) -> Ints:
    """For every core the first core of its tree, and NOISE for what is no core."""
    roots = np.full(len(parents), NOISE)
    for point in range(len(parents)):
        if parents[point] != NOISE:
            roots[point] = _root(parents, point)
    return roots
