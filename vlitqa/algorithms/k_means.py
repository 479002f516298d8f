"""K-means: vectors in so many clusters, each with the centre that its vectors have in common."""

from __future__ import annotations

import numpy as np

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.blas import one_blas_thread

_ROUNDS = 25
_CHUNK = 2048
"""Vectors whose distances to all centres are held at once."""


def k_means(vectors: Vectors, clusters: int, seed: int) -> Ints:
    """The cluster of every vector, after Lloyd's rounds from centres that are drawn at random among the vectors.

    A centre that loses all its vectors moves to the one that lies furthest from its own. Raises ValueError for fewer
    vectors than clusters.
    """
    if len(vectors) < clusters:
        raise ValueError(f"{len(vectors)} vectors make no {clusters} clusters")
    centres = vectors[np.random.default_rng(seed).choice(len(vectors), clusters, replace=False)].copy()
    labels = np.full(len(vectors), -1, np.int64)
    for _ in range(_ROUNDS):
        before = labels
        labels, distances = _nearest(vectors, centres)
        counts = np.bincount(labels, minlength=clusters)
        furthest = iter(np.argsort(-distances, kind="stable"))
        for empty in np.flatnonzero(counts == 0):
            labels[next(furthest)] = empty
        if (labels == before).all():
            break
        centres = _centres_of(vectors, labels, clusters)
    return labels


def _nearest(vectors: Vectors, centres: Vectors) -> tuple[Ints, Vectors]:
    """The nearest centre of every vector, and their squared distance less the vector's own length."""
    lengths = (centres**2).sum(axis=1)
    labels = np.empty(len(vectors), np.int64)
    distances = np.empty(len(vectors), np.float32)
    with one_blas_thread():
        for start in range(0, len(vectors), _CHUNK):
            part = slice(start, start + _CHUNK)
            squared = lengths - 2 * (vectors[part] @ centres.T)  # (chunk, clusters)
            labels[part] = squared.argmin(axis=1)
            distances[part] = squared.min(axis=1)
    return labels, distances


def _centres_of(vectors: Vectors, labels: Ints, clusters: int) -> Vectors:
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels, minlength=clusters)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    occupied = counts > 0
    sums = np.zeros((clusters, vectors.shape[1]), np.float32)
    sums[occupied] = np.add.reduceat(vectors[order], starts[occupied], axis=0)
    return np.asarray(sums / np.maximum(counts, 1)[:, None], np.float32)
