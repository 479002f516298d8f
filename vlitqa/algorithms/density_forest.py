"""Trees of cores that grow pair by pair: the compiled half of `density_clusters`.

A point that has not enough neighbours yet keeps the list of them, which is shorter than `least`; when it has enough it
is a core, is joined to the cores of its list, and from then on every pair of cores is joined as it comes. So no pair
is kept, however many there are, and what is left in the lists at the end are the neighbours of the border points. The
order in which pairs come changes neither the cores nor which of them are joined nor what the lists hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vlitqa.algorithms.arrays import Floats, Indices, Ints, Vectors
from vlitqa.algorithms.compiled import compiled

NOISE = -1


class Forest(NamedTuple):
    """What is known of every point at every threshold; a tree of cores is a cluster."""

    cosines: Floats  # (levels,), ascending
    margin: float
    least: int
    weights: Ints  # (points,)
    near: Ints  # (levels, points), weight within reach, counted until a point is a core
    lists: Indices  # (levels, points, at most least - 1), neighbours of a point that is no core
    held: Indices  # (levels, points), how long each list is
    parents: Indices  # (levels, points), a core's parent, never larger than itself; NOISE for what is no core


def planted(cosines: Sequence[float], least: int, weights: Ints, margin: float) -> Forest:
    """Every point alone; a core where its own weight is enough."""
    shape = (len(cosines), len(weights))
    starts = np.where(weights >= least, np.arange(len(weights)), NOISE).astype(np.int32)
    return Forest(
        cosines=np.array(cosines, np.float64),
        margin=margin,
        least=least,
        weights=weights,
        near=np.tile(weights, (len(cosines), 1)),
        lists=np.zeros((*shape, max(min(least, len(weights)) - 1, 1)), np.int32),
        held=np.zeros(shape, np.int32),
        parents=np.tile(starts, (len(cosines), 1)),
    )


@compiled
def join(products: Vectors, corner: tuple[int, int], vectors: Vectors, forest: Forest) -> None:
    """Every pair of a tile that is near at the lowest threshold meets, once."""
    top, left = corner
    parents, floors = forest.parents, forest.cosines - forest.margin  # a field taken for each pair costs 30 times more
    lowest = np.float32(floors[0] - 1e-6)  # rounded down, whatever it is
    for row in range(products.shape[0]):
        for column in range(max(0, top + row + 1 - left), products.shape[1]):
            product = products[row, column]
            if product >= lowest and not _joined(parents, floors, top + row, left + column, product):
                _meet((top + row, left + column), product, vectors, forest)


@compiled
def _joined(parents: Indices, floors: Floats, left: int, right: int, product: float) -> bool:
    """Whether two points have one parent at every threshold that they may reach, as most of a dense place have."""
    for level in range(len(floors)):
        if product < floors[level]:
            return True
        if parents[level, left] != parents[level, right] or parents[level, left] == NOISE:
            return False
    return True


@compiled
def _meet(pair: tuple[int, int], product: float, vectors: Vectors, forest: Forest) -> None:
    """Two different points meet at every threshold that their product reaches."""
    left, right = pair
    for level, cosine in enumerate(forest.cosines):
        if product < cosine - forest.margin:
            return
        if product < cosine + forest.margin and not _within(vectors[left], vectors[right], cosine):
            return
        _notice(level, left, right, forest)
        _notice(level, right, left, forest)
        if forest.parents[level, left] != NOISE and forest.parents[level, right] != NOISE:
            _unite(forest.parents[level], left, right)


@compiled
def _within(left: Vectors, right: Vectors, cosine: float) -> bool:
    """Decides in float64, in the same order everywhere."""
    squared = 0.0
    for at in range(len(left)):
        squared += (np.float64(left[at]) - np.float64(right[at])) ** 2
    return squared <= 2 - 2 * cosine


@compiled
def _notice(level: int, point: int, other: int, forest: Forest) -> None:
    """A point meets a neighbour: it lists it, or becomes a core and is joined to the cores on its list.

    A listed neighbour that is no core yet has this point on its own list.
    """
    parents = forest.parents[level]
    if parents[point] != NOISE:
        return
    forest.near[level, point] += forest.weights[other]
    if forest.near[level, point] < forest.least:
        forest.lists[level, point, forest.held[level, point]] = other
        forest.held[level, point] += 1
        return
    parents[point] = point
    for listed in forest.lists[level, point, : forest.held[level, point]]:
        if parents[listed] != NOISE:
            _unite(parents, point, listed)


@compiled
def _unite(parents: Indices, left: int, right: int) -> None:
    """The smaller root stays one, so that the root of a cluster is its first core."""
    first, second = _root(parents, left), _root(parents, right)
    lower = min(first, second)
    parents[first] = parents[second] = parents[left] = parents[right] = lower


@compiled
def _root(parents: Indices, point: int) -> int:
    while parents[point] != point:
        parents[point] = parents[parents[point]]  # shortens the way for the next who asks
        point = parents[point]
    return point


@compiled
def settled(parents: Indices, rows: tuple[int, int], columns: tuple[int, int]) -> bool:
    """Whether all points of a tile are cores of one tree at every threshold."""
    for level in range(len(parents)):
        for begin, end in (rows, columns):
            for point in range(begin, end):
                if parents[level, point] == NOISE or _root(parents[level], point) != _root(parents[level], rows[0]):
                    return False
    return True


@compiled
def roots(parents: Indices) -> Ints:
    """For every core the first core of its tree, and NOISE for what is no core."""
    found = np.full(len(parents), NOISE)
    for point in range(len(parents)):
        if parents[point] != NOISE:
            found[point] = _root(parents, point)
    return found
