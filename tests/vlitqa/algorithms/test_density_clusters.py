"""Density clusters against scikit-learn's DBSCAN, and against points on a circle worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.density_clusters import (
    DensityClusters,
    core_distances,
    cosine_at,
    density_clusters,
    distinct_vectors,
    knee_of,
)

COSINES = (0.3071, 0.6183, 0.8027, 0.9511, 0.9893)
"""No two vectors of the grid below are that near, so rounding cannot decide."""


def labels_by_sklearn(vectors: Vectors, cosine: float, min_samples: int, weights: Ints | None = None) -> list[int]:
    """The labels that scikit-learn gives in float64."""
    tool = DBSCAN(eps=(2 - 2 * cosine) ** 0.5, min_samples=min_samples, algorithm="brute")
    labels: list[int] = tool.fit(vectors.astype(np.float64), sample_weight=weights).labels_.tolist()
    return labels


def unit(rows: Any) -> Vectors:
    vectors = np.asarray(rows, np.float64)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def on_circle(*degrees: float) -> Vectors:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def mixed_densities(seed: int, points: int, dimensions: int = 24) -> Vectors:
    """Clusters of all densities with much between them."""
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((12, dimensions))
    spread = generator.uniform(0.1, 1.2, (points, 1))
    return unit(centres[generator.integers(0, 12, points)] + spread * generator.standard_normal((points, dimensions)))


def labels_of(levels: list[DensityClusters]) -> list[list[int]]:
    return [clusters.labels.tolist() for clusters in levels]


grid = st.lists(st.tuples(*[st.integers(-2, 2)] * 3).filter(any), min_size=1, max_size=60)


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(grid, st.integers(1, 8), st.data())
def test_the_labels_are_those_of_scikit_learn_among_copies_and_border_points(
    rows: list[tuple[int, int, int]], min_samples: int, data: st.DataObject
) -> None:
    weights = np.array(data.draw(st.lists(st.integers(1, 3), min_size=len(rows), max_size=len(rows))))
    tile = data.draw(st.sampled_from([1, 3, 8, 1000]))
    vectors = unit(rows)
    levels = density_clusters(vectors, COSINES, min_samples, weights, tile)
    assert labels_of(levels) == [labels_by_sklearn(vectors, cosine, min_samples, weights) for cosine in COSINES]


@pytest.mark.parametrize("seed", range(4))
def test_the_labels_are_those_of_scikit_learn_in_many_dimensions(seed: int) -> None:
    vectors = mixed_densities(seed, 900)
    cosines = np.linspace(0.35, 0.95, 7).tolist()
    for min_samples in (1, 5, 30):
        levels = density_clusters(vectors, cosines, min_samples, tile=256)
        assert labels_of(levels) == [labels_by_sklearn(vectors, cosine, min_samples) for cosine in cosines]
        counts = {clusters.count for clusters in levels}
    assert len(counts) > 3  # the thresholds did matter


def test_a_border_point_belongs_to_the_cluster_whose_first_core_comes_first() -> None:
    # within 10.5 degrees: 6 has 0, 2, 4, 6 and 16; 26 has 16, 26, 28, 30 and 32; 16 has 6, 16 and 26 alone
    cosine = float(np.cos(np.radians(10.5)))
    (clusters,) = density_clusters(on_circle(0, 2, 4, 6, 16, 26, 28, 30, 32, 90), [cosine], 4)
    assert clusters.labels.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1, -1]
    (turned,) = density_clusters(on_circle(90, 32, 16, 30, 28, 26, 6, 4, 2, 0), [cosine], 4)
    assert turned.labels.tolist() == [-1, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert (clusters.count, clusters.noise, clusters.largest) == (2, 0.1, 0.5)


def test_two_clusters_are_not_joined_by_a_border_point_but_by_a_core() -> None:
    cosine = float(np.cos(np.radians(10.5)))
    vectors = on_circle(0, 2, 4, 6, 16, 26, 28, 30, 32)
    assert [density_clusters(vectors, [cosine], min_samples)[0].count for min_samples in (3, 4, 5, 6)] == [1, 2, 2, 0]
    # weights 2 make the point at 16 a core of weight 4
    assert density_clusters(vectors, [cosine], 4, np.array([1, 1, 1, 1, 2, 1, 1, 1, 1]))[0].count == 1


def test_a_pair_exactly_at_the_threshold_is_near() -> None:
    vectors = unit([[1, 1, 1, 1], [1, 1, 1, -1]])  # 1/4 + 1/4 + 1/4 - 1/4, without rounding
    assert [clusters.count for clusters in density_clusters(vectors, [0.5, np.nextafter(0.5, 1)], 2)] == [1, 0]
    assert labels_by_sklearn(vectors, 0.5, 2) == [0, 0]


def test_what_float32_cannot_decide_is_decided_in_float64() -> None:
    generator = np.random.default_rng(3)
    for _ in range(200):
        pair = unit(generator.standard_normal((2, 384)))
        squared = 0.0
        for left, right in pair.astype(np.float64).T:
            squared += (left - right) ** 2
        cosine = 1 - squared / 2
        levels = density_clusters(pair, [cosine - 1e-12, cosine + 1e-12], 2)
        assert [clusters.count for clusters in levels] == [1, 0]


def test_a_weight_stands_for_so_many_copies() -> None:
    vectors = mixed_densities(7, 300)
    weights = np.random.default_rng(7).integers(1, 5, 300)
    weighed = density_clusters(vectors, [0.6, 0.8], 6, weights)
    copied = density_clusters(np.repeat(vectors, weights, axis=0), [0.6, 0.8], 6)
    for first, second in zip(weighed, copied, strict=True):
        assert np.repeat(first.labels, weights).tolist() == second.labels.tolist()
        assert (first.noise, first.largest) == pytest.approx((second.noise, second.largest))


def test_many_copies_of_one_vector_are_a_cluster_unless_only_different_ones_are_passed() -> None:
    vectors = np.concatenate([np.repeat(on_circle(0), 50, axis=0), on_circle(90, 180)])
    assert density_clusters(vectors, [0.9], 5)[0].count == 1
    firsts, copies = distinct_vectors(vectors)
    assert (firsts.tolist(), copies.tolist()) == ([0, 50, 51], [0] * 50 + [1, 2])
    assert density_clusters(vectors[firsts], [0.9], 5)[0].count == 0


def test_thresholds_in_one_pass_are_what_each_is_alone_in_any_order() -> None:
    vectors = mixed_densities(8, 700)
    cosines = [0.8, 0.5, 0.65, 0.5]
    together = density_clusters(vectors, cosines, 4)
    assert [clusters.cosine for clusters in together] == cosines
    assert labels_of(together) == [labels_of(density_clusters(vectors, [cosine], 4))[0] for cosine in cosines]


@pytest.mark.slow
def test_the_side_of_a_tile_changes_nothing() -> None:
    vectors = mixed_densities(9, 500)
    whole = labels_of(density_clusters(vectors, COSINES, 5, tile=500))
    for tile in (1, 7, 64, 499, 10_000):
        assert labels_of(density_clusters(vectors, COSINES, 5, tile=tile)) == whole


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_points_changes_neither_the_count_nor_the_noise(seed: int) -> None:
    vectors = mixed_densities(10, 600)
    shuffled = vectors[np.random.default_rng(seed).permutation(600)]
    for first, second in zip(
        density_clusters(vectors, COSINES, 5), density_clusters(shuffled, COSINES, 5), strict=True
    ):
        assert (first.count, first.noise) == (second.count, second.noise)


def test_where_everything_is_near_everything_the_labels_are_still_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(11)
    vectors = unit(generator.standard_normal(16) + 0.1 * generator.standard_normal((800, 16)))
    vectors[::200] = unit(generator.standard_normal((4, 16)))
    (clusters,) = density_clusters(vectors, [0.7], 5, tile=50)
    assert clusters.labels.tolist() == labels_by_sklearn(vectors, 0.7, 5)
    assert clusters.count == 1


def test_no_point_makes_no_cluster_and_no_share_of_noise() -> None:
    (clusters,) = density_clusters(np.empty((0, 8), np.float32), [0.7], 5)
    assert (clusters.count, clusters.noise, clusters.largest, clusters.labels.tolist()) == (0, None, None, [])


def test_one_point_is_noise_unless_one_is_enough() -> None:
    (alone,) = density_clusters(on_circle(0), [0.7], 2)
    assert (alone.count, alone.noise, alone.largest, alone.labels.tolist()) == (0, 1, 0, [-1])
    assert density_clusters(on_circle(0), [0.7], 1)[0].labels.tolist() == [0]
    assert density_clusters(on_circle(0), [0.7], 2, np.array([2]))[0].labels.tolist() == [0]


@pytest.mark.parametrize("vectors", [np.zeros((2, 3)), np.full((2, 3), np.nan), np.ones((2, 3))])
def test_vectors_that_have_not_length_1_are_refused(vectors: Vectors) -> None:
    with pytest.raises(ValueError, match="length 1"):
        density_clusters(vectors, [0.7], 2)


@pytest.mark.parametrize("weights", [[1, 0], [1], [0.5, 2.0]])
def test_weights_that_are_no_numbers_of_copies_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weight"):
        density_clusters(on_circle(0, 1), [0.7], 2, np.array(weights))


@pytest.mark.parametrize(("cosines", "min_samples"), [([0.7], 0), ([1.1], 2), ([], 2), ([float("nan")], 2)])
def test_thresholds_that_mean_nothing_are_refused(cosines: list[float], min_samples: int) -> None:
    with pytest.raises(ValueError, match="least"):
        density_clusters(on_circle(0, 1), cosines, min_samples)


def test_a_core_distance_is_where_a_point_becomes_a_core() -> None:
    vectors = mixed_densities(12, 200)
    for min_samples in (1, 2, 5):
        distances = core_distances(vectors, min_samples, tile=64)
        ordered = np.sort(np.linalg.norm(vectors[:, None].astype(np.float64) - vectors, axis=2), axis=1)
        assert distances == pytest.approx(np.sort(ordered[:, min_samples - 1]), abs=1e-3)
    middle = float(distances[100] + distances[101]) / 2
    tool = DBSCAN(eps=middle, min_samples=5).fit(vectors)
    assert len(tool.core_sample_indices_) == 101


def test_the_knee_is_where_the_distances_begin_to_rise() -> None:
    flat, steep = np.linspace(0, 0.1, 91), np.linspace(0.1, 1, 11)[1:]  # 0.1 at place 90 of 0 … 100
    assert knee_of(np.concatenate([flat, steep])) == pytest.approx(0.1)
    assert knee_of(np.concatenate([steep, flat])) == pytest.approx(0.1)
    assert knee_of(np.full(5, 0.3)) == 0.3


def test_no_distances_have_no_knee() -> None:
    with pytest.raises(ValueError, match="no knee"):
        knee_of(np.empty(0))
    with pytest.raises(ValueError, match="least"):
        core_distances(on_circle(0, 1), 3)


def test_the_knee_of_the_core_distances_parts_tight_clusters_from_what_lies_about_them() -> None:
    generator = np.random.default_rng(13)
    tight = np.repeat(generator.standard_normal((10, 32)), 90, axis=0) + 0.1 * generator.standard_normal((900, 32))
    vectors = unit(np.concatenate([tight, generator.standard_normal((100, 32))]))
    (clusters,) = density_clusters(vectors, [cosine_at(knee_of(core_distances(vectors, 5)))], 5)
    assert clusters.count == 10
    assert clusters.noise == pytest.approx(0.1, abs=0.02)


def test_the_cosine_at_a_distance_is_that_of_the_circle() -> None:
    assert [cosine_at(0), cosine_at(2**0.5), cosine_at(2)] == pytest.approx([1, 0, -1])
