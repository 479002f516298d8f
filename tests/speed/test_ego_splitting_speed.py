"""Ego-Splitting beside networkx, and on a graph of a hundred million triangles."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from tests.speed.test_speed import best_of, show
from tests.vlitqa.algorithms.test_ego_splitting import in_networkx, node_sets, two_phases
from vlitqa.algorithms.cooccurrence import cooccurrence
from vlitqa.algorithms.ego_splitting import cluster_by_components
from vlitqa.algorithms.ngrams import Corpus

pytestmark = pytest.mark.speed


def texts(count: int, most: int, words: int, steepness: float) -> Corpus:
    """Texts of 3 and more words; frequent words come often, as in a language."""
    generator = np.random.default_rng(0)
    weights = np.arange(1, words + 1) ** -steepness
    lengths = generator.integers(3, most + 1, count)
    return Corpus(generator.choice(words, int(lengths.sum()), p=weights / weights.sum()), lengths)


def test_ego_splitting_is_at_least_twenty_times_as_fast_as_networkx() -> None:
    graph = cooccurrence(texts(4_700, most=10, words=16_000, steepness=0.75))
    found = in_networkx(graph)
    clusters = cluster_by_components(graph)
    assert node_sets(clusters) == two_phases(found, nx.connected_components)
    (ours,) = best_of(3, lambda: cluster_by_components(graph))
    (phases,) = best_of(1, lambda: two_phases(found, nx.connected_components))
    show(
        f"Ego-Splitting, {clusters.nodes:,} words, {clusters.edges:,} edges, {clusters.triangles:,} triangles",
        ("cluster_by_components", f"{ours:.3f} s"),
        ("networkx, two phases of components", f"{phases:.2f} s"),
        ("times as fast, at least 20", f"{phases / ours:.0f}"),
    )
    assert phases > 20 * ours


def test_a_hundred_million_triangles_take_less_than_10_seconds() -> None:
    corpus = texts(250_000, most=14, words=24_000, steepness=1.1)
    cluster_by_components(cooccurrence(texts(10, most=5, words=20, steepness=1.0)))  # makes the machine code
    clusters = cluster_by_components(cooccurrence(corpus))
    build, seconds = best_of(2, lambda: cooccurrence(corpus), lambda: cluster_by_components(cooccurrence(corpus)))
    show(
        f"Ego-Splitting of 250,000 texts, {clusters.edges:,} edges, {clusters.triangles:,} triangles",
        ("the graph alone", f"{build:.2f} s"),
        ("graph and clusters, at most 10 s", f"{seconds:.2f} s"),
    )
    assert clusters.edges > 1_500_000
    assert clusters.triangles > 100_000_000
    assert seconds < 10
