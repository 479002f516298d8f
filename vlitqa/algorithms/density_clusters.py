"""Clusters of unit vectors by density: DBSCAN (Ester et al. 1996), exactly and in memory that grows with N alone.

Every pair is looked at once, in tiles of a float32 matrix product, and forgotten (`density_forest`). A pair that
float32 cannot decide is decided in float64, so that neither tiles, threads nor machines change a label.
docs/decisions/0011-our-own-dbscan-and-ego-splitting.md says why it is not scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from vlitqa.algorithms.arrays import Floats, Ints, Vectors
from vlitqa.algorithms.density_forest import NOISE, Forest, find_roots, is_settled, join_near_pairs, new_forest

TILE = 2048
"""Side of a tile: 16 MB of products."""
_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DensityClusters:
    """The clusters of the points at one threshold; the labels are those of scikit-learn's DBSCAN."""

    cosine: float
    labels: Ints  # (points,), NOISE where a point belongs to no cluster
    noise: float | None
    """The share of all weight that lies in no cluster; None where there is no point."""
    largest: float | None
    """The share of all weight that lies in the largest cluster: near 1, the threshold is too low to tell anything."""

    @property
    def count(self) -> int:
        """The number of clusters."""
        return int(self.labels.max(initial=NOISE)) + 1


def density_clusters(
    vectors: Vectors, cosines: Sequence[float], min_samples: int, weights: Ints | None = None, tile: int = TILE
) -> list[DensityClusters]:
    """The clusters at each lowest cosine, all in one pass over the products.

    A core has points of at least `min_samples` weight within reach, itself among them (scikit-learn's `min_samples` and
    `sample_weight`); a weight is a whole number of copies of a point. Equal vectors are weighed together, each of them
    counting; for clusters of different ones only, pass the vectors at `distinct_vectors(vectors).firsts`.
    """
    counted = np.ones(len(vectors), np.int64) if weights is None else weights
    if min_samples < 1 or not cosines or not all(-1 <= cosine <= 1 for cosine in cosines):
        raise ValueError("min_samples must be at least 1, and every cosine between -1 and 1")
    if len(counted) != len(vectors) or counted.dtype.kind not in "iu" or (counted < 1).any():
        raise ValueError("every vector must have a whole weight of at least 1")
    vectors = np.ascontiguousarray(vectors, np.float32)
    margin = _margin(vectors)
    firsts, copies = distinct_vectors(vectors)
    together = np.zeros(len(firsts), np.int64)
    np.add.at(together, copies, counted)
    levels = sorted(set(cosines))
    forest = new_forest(levels, min_samples, together, margin)
    _grow(vectors if len(firsts) == len(vectors) else vectors[firsts], forest, tile)
    labels = {cosine: _labels(forest, level)[copies] for level, cosine in enumerate(levels)}
    return [_with_shares(cosine, labels[cosine], counted) for cosine in cosines]


class DistinctVectors(NamedTuple):
    """The different vectors among some."""

    firsts: Ints  # (different,), where each comes first
    copies: Ints  # (vectors,), for every vector which of the different ones it equals


def distinct_vectors(vectors: Vectors) -> DistinctVectors:
    """Finds the vectors that are equal bit for bit."""
    numbers: dict[bytes, int] = {}
    digests = (blake2b(row.data, digest_size=16).digest() for row in np.ascontiguousarray(vectors))
    copies = np.fromiter((numbers.setdefault(digest, len(numbers)) for digest in digests), np.int64, len(vectors))
    return DistinctVectors(np.unique(copies, return_index=True)[1], copies)


def core_distances(vectors: Vectors, min_samples: int, tile: int = TILE) -> Floats:
    """For every vector the Euclidean distance from which on it is a core, in ascending order."""
    if not 1 <= min_samples <= len(vectors):
        raise ValueError("min_samples must be at least 1 and at most the number of vectors")
    vectors = np.ascontiguousarray(vectors, np.float32)
    rank = len(vectors) - min_samples
    nearest = [
        np.partition(vectors[start : start + tile] @ vectors.T, rank, axis=1)[:, rank]
        for start in range(0, len(vectors), tile)
    ]
    return np.sort(np.sqrt(np.maximum(2 - 2 * np.concatenate(nearest).astype(np.float64), 0)))


def knee_of(distances: Floats) -> float:
    """The distance from which on ascending ones rise steeply: farthest below their chord (Satopää et al. 2011).

    It parts tight clusters from what lies thinly about them. Texts lie at all densities: among 8,507 docstrings the
    knee was beyond the distances of 96 in 100, and made one cluster of nearly all. Look at `largest` there.
    """
    if not len(distances):
        raise ValueError("no distances have no knee")
    ascending = np.sort(distances)
    rise = float(ascending[-1] - ascending[0])
    if rise == 0:
        return float(ascending[0])
    below = np.linspace(0, 1, len(ascending)) - (ascending - ascending[0]) / rise
    return float(ascending[int(np.argmax(below))])


def cosine_at(distance: float) -> float:
    """The cosine of two unit vectors at a Euclidean distance."""
    return 1 - distance**2 / 2


def _margin(vectors: Vectors) -> float:
    """The most by which a float32 product, in any order of sums, is off one minus half the squared distance.

    d products and sums are wrong by at most d / 2^24, here and in a tile; and no length is exactly 1.
    """
    squares = np.einsum("ij,ij->i", vectors, vectors)
    off = float(np.abs(squares - 1).max(initial=0))
    if not off <= _LENGTH_TOLERANCE:  # NaN is not below anything
        raise ValueError("every vector must have length 1")
    return float(vectors.shape[1] * 2.0**-23 + off)


def _grow(vectors: Vectors, forest: Forest, tile: int) -> None:
    """Joins what is near; a product that can join nothing is left out, as most of a dense dataset is."""
    products = np.empty(min(tile, len(vectors)) ** 2, np.float32)
    for top in range(0, len(vectors), tile):
        rows = vectors[top : top + tile]
        for left in range(top, len(vectors), tile):
            columns = vectors[left : left + tile]
            if is_settled(forest.parents, (top, top + len(rows)), (left, left + len(columns))):
                continue
            part = products[: len(rows) * len(columns)].reshape(len(rows), len(columns))
            np.matmul(rows, columns.T, out=part)
            join_near_pairs(part, (top, left), vectors, forest)


def _labels(forest: Forest, level: int) -> Ints:
    """Clusters in the order of their first cores; a border point belongs to the first cluster that reaches it."""
    roots = find_roots(forest.parents[level])
    is_core = roots != NOISE
    labels = np.full(len(roots), NOISE)
    distinct_roots, labels[is_core] = np.unique(roots[is_core], return_inverse=True)
    outside = np.flatnonzero(~is_core)
    neighbours = forest.neighbours[level, outside]  # (outside, longest list)
    listed = np.arange(neighbours.shape[1]) < forest.neighbour_counts[level, outside, None]
    none = len(distinct_roots)
    first_cluster = np.where(listed & is_core[neighbours], labels[neighbours], none).min(axis=1)
    labels[outside] = np.where(first_cluster < none, first_cluster, NOISE)
    return labels


def _with_shares(cosine: float, labels: Ints, weights: Ints) -> DensityClusters:
    if not len(labels):
        return DensityClusters(cosine=cosine, labels=labels, noise=None, largest=None)
    noise, *sizes = np.bincount(labels - NOISE, weights=weights) / weights.sum()
    largest = float(max(sizes, default=0.0))
    return DensityClusters(cosine=cosine, labels=labels, noise=float(noise), largest=largest)
