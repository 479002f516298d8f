"""K-means against scikit-learn's, from the same centres."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from vlitqa.algorithms.arrays import Vectors
from vlitqa.algorithms.k_means import k_means


def _vectors(count: int, spread: float, seed: int = 0) -> Vectors:
    """Vectors of length one around twelve directions."""
    generator = np.random.default_rng(seed)
    directions = generator.normal(size=(12, 16))
    raw = directions[generator.integers(0, 12, count)] + spread * generator.normal(size=(count, 16))
    return (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("spread", [0.3, 0.8])
def test_the_clusters_are_those_of_scikit_learn_from_the_same_centres(spread: float) -> None:
    vectors = _vectors(3_000, spread)
    centres = vectors[np.random.default_rng(7).choice(len(vectors), 12, replace=False)]
    theirs = KMeans(12, init=centres, n_init=1, max_iter=25, tol=0, algorithm="lloyd").fit_predict(vectors)
    assert adjusted_rand_score(k_means(vectors, 12, seed=7), theirs) > 0.99


def test_every_cluster_has_a_vector_even_where_vectors_repeat() -> None:
    vectors = np.repeat(_vectors(40, 1.0), 5, axis=0)
    assert sorted(set(k_means(vectors, 30, seed=0).tolist())) == list(range(30))
    assert len(set(k_means(np.ones((10, 4), np.float32) / 2, 3, seed=0).tolist())) == 3


def test_fewer_vectors_than_clusters_are_an_error() -> None:
    with pytest.raises(ValueError, match="3 vectors make no 4 clusters"):
        k_means(_vectors(3, 1.0), 4, seed=0)
