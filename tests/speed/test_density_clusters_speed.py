"""Density clusters side by side with scikit-learn's DBSCAN, and the memory that many vectors take: `make speed`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from tests.speed.test_speed import best_of, show
from vlitqa.algorithms.arrays import Vectors
from vlitqa.algorithms.density_clusters import density_clusters

pytestmark = pytest.mark.speed

ROOT = Path(__file__).resolve().parents[2]
SWEEP = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85]
CLUSTERS_150K = """
import time
from tests.speed.test_density_clusters_speed import SWEEP, clustered
from vlitqa.algorithms.density_clusters import density_clusters
vectors = clustered(0, 150_000)
start = time.perf_counter()
found = density_clusters(vectors, SWEEP, 5)
seconds = time.perf_counter() - start
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(len(vectors), found[4].count, seconds, peak.split()[1])
"""


def clustered(seed: int, count: int, dimensions: int = 384) -> Vectors:
    """Unit vectors of which two thirds lie about 300 centres, tightly or loosely, and the others anywhere."""
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((300, dimensions), np.float32)
    vectors = generator.standard_normal((count, dimensions), np.float32)
    vectors *= generator.uniform(0.4, 1.6, (count, 1)).astype(np.float32)
    for start in range(0, 2 * count // 3, 1000):
        part = vectors[start : min(start + 1000, 2 * count // 3)]
        part += centres[generator.integers(0, 300, len(part))]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    generator.shuffle(vectors)
    return vectors


def test_20_000_vectors_are_clustered_in_less_than_scikit_learns_time_with_equal_labels() -> None:
    vectors = clustered(1, 20_000)
    tool = DBSCAN(eps=(2 - 2 * 0.7) ** 0.5, min_samples=5, n_jobs=2)

    def ours() -> list[int]:
        found: list[int] = density_clusters(vectors, [0.7], 5)[0].labels.tolist()
        return found

    assert ours() == tool.fit(vectors).labels_.tolist()  # and what is compiled or loaded once is
    single, sweep, theirs = best_of(
        3, ours, lambda: density_clusters(vectors, SWEEP, 5), lambda: DBSCAN(**tool.get_params()).fit(vectors)
    )
    show(
        "clusters of 20,000 vectors of 384 at cosine 0.7, processor time",
        ("density_clusters", f"{single:.2f} s"),
        (f"the same at {len(SWEEP)} thresholds", f"{sweep:.2f} s"),
        ("sklearn.cluster.DBSCAN, n_jobs=2", f"{theirs:.2f} s"),
        ("times as fast, at least 2", f"{theirs / single:.1f}"),
        ("a sweep to one threshold, at most 1.5", f"{sweep / single:.2f}"),
    )
    assert theirs > 2 * single
    assert sweep < 1.5 * single


def test_where_everything_is_near_everything_it_takes_no_longer() -> None:
    generator = np.random.default_rng(2)
    dense = generator.standard_normal(384) + 0.1 * generator.standard_normal((20_000, 384))
    dense[::2_000] = generator.standard_normal((10, 384))  # so that no tile of products can be left out for all
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    vectors, sparse = dense.astype(np.float32), clustered(2, 20_000)
    assert density_clusters(vectors, [0.7], 5)[0].count == 1
    near, far = best_of(3, lambda: density_clusters(vectors, [0.7], 5), lambda: density_clusters(sparse, [0.7], 5))
    show(
        "clusters of 20,000 vectors of which nearly all pairs are near",
        ("time", f"{near:.2f} s"),
        ("against vectors in 300 clusters, at most 2", f"{near / far:.2f}"),
    )
    assert near < 2 * far


@pytest.mark.timeout(2_400)
def test_150_000_vectors_are_clustered_at_eight_thresholds_in_less_than_4_gb() -> None:
    command = [sys.executable, "-c", CLUSTERS_150K]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=2_300)
    points, clusters, seconds, kilobytes = done.stdout.split()
    show(
        f"clusters of {int(points):,} vectors of 384 at {len(SWEEP)} thresholds",
        ("time", f"{float(seconds):.0f} s"),
        ("memory, at most 4 GB", f"{int(kilobytes) / 1024:.0f} MB"),
    )
    assert int(clusters) == 300
    assert int(kilobytes) < 4 * 1024**2
