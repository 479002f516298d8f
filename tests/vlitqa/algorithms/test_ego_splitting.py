"""Ego-Splitting against networkx, in which it is done as the paper says, and on graphs that can be looked at."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlitqa.algorithms.cooccurrence import Graph, cooccurrence
from vlitqa.algorithms.ego_splitting import WordClusters, cluster_by_components
from vlitqa.algorithms.ngrams import Corpus

Texts = Sequence[Sequence[int]]
Sets = Counter[frozenset[int]]

TEXTS = st.lists(st.lists(st.integers(0, 11), max_size=5), max_size=16)
"""With words that come again and texts that come again: loops and edges of more than one text."""
EDGES = st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), max_size=40)
unhurried = settings(deadline=None)  # the first call makes machine code


def corpus_of(texts: Iterable[Collection[int]]) -> Corpus:
    segments = [list(text) for text in texts]
    ids = np.array([word for text in segments for word in text], np.int64)
    return Corpus(ids, np.array([len(text) for text in segments], np.int64))


def graph_of(texts: Iterable[Collection[int]]) -> Graph:
    return cooccurrence(corpus_of(texts))


def edges_of(graph: Graph) -> dict[tuple[int, int], int]:
    return dict(zip(map(tuple, graph.pairs.tolist()), graph.counts.tolist(), strict=True))


def node_sets(clusters: WordClusters) -> Sets:
    words: dict[int, set[int]] = {}
    for cluster, word in clusters.members.tolist():
        words.setdefault(cluster, set()).add(word)
    return Counter(map(frozenset, words.values()))


def in_networkx(graph: Graph) -> Any:
    converted = nx.Graph()
    converted.add_nodes_from(np.unique(graph.pairs).tolist())
    converted.add_edges_from(graph.pairs.tolist())
    return converted


def percolation(graph: Any) -> Sets:
    """The communities of 3-cliques, and each edge of no triangle."""
    lonely = [(left, right) for left, right in graph.edges if not set(graph[left]) & set(graph[right])]
    return Counter(map(frozenset, nx.community.k_clique_communities(graph, 3))) + Counter(map(frozenset, lonely))


def two_phases(graph: Any, split: Callable[[Any], Iterable[Collection[Any]]]) -> Sets:
    """Ego-Splitting as the paper has it: ego-nets are split, then the graph of the personas."""
    around = {node: set(graph[node]) for node in graph}
    persona = {}
    for node in sorted(graph):
        ego_net = nx.Graph()
        ego_net.add_nodes_from(sorted(around[node]))
        ego_net.add_edges_from((left, right) for left in around[node] for right in around[left] & around[node])
        for part in split(ego_net):
            persona.update({(node, neighbour): (node, min(part)) for neighbour in part})
    personas = nx.Graph()
    personas.add_nodes_from(sorted(set(persona.values())))
    personas.add_edges_from((persona[left, right], persona[right, left]) for left, right in graph.edges)
    return Counter(frozenset(word for word, _ in part) for part in split(personas))


@unhurried
@given(TEXTS, st.integers(1, 3))
def test_an_edge_counts_the_texts_that_hold_both_words(texts: Texts, least: int) -> None:
    expected = Counter(pair for text in texts for pair in combinations(sorted(set(text)), 2))
    graph = cooccurrence(corpus_of(texts), min_count=least)
    assert edges_of(graph) == {pair: count for pair, count in expected.items() if count >= least}
    assert graph.pairs.tolist() == sorted(graph.pairs.tolist())
    assert graph.words == len({word for text in texts for word in text})


@unhurried
@given(TEXTS, st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_graph_does_not_hang_on_the_order_of_texts_and_words(texts: Texts, chance: random.Random, cap: int) -> None:
    shuffled = [chance.sample(text, len(text)) for text in texts]
    chance.shuffle(shuffled)
    graph, other = (cooccurrence(corpus_of(order), degree_cap=cap) for order in (texts, shuffled))
    assert list(edges_of(graph).items()) == list(edges_of(other).items())


def test_a_capped_word_keeps_its_strongest_neighbours_and_of_equal_ones_the_smaller() -> None:
    texts = [[0, 1], [0, 2], [0, 2], [0, 3], [0, 4], [0, 4], [0, 4], [3, 4]]
    graph = cooccurrence(corpus_of(texts), degree_cap=3)
    # 0 has 4 (three times), 2 (twice) and, once each, 1 and 3: the smaller stays; no other word has over 3
    assert edges_of(graph) == {(0, 1): 1, (0, 2): 2, (0, 4): 3, (3, 4): 1}


def test_an_edge_goes_if_one_of_its_words_leaves_it_out() -> None:
    star = [[0, word] for word in range(1, 6)] + [[4, 5]]  # 3, 4 and 5 would keep 0, which keeps 1 and 2
    assert edges_of(cooccurrence(corpus_of(star), degree_cap=2)) == {(0, 1): 1, (0, 2): 1, (4, 5): 1}


@unhurried
@given(TEXTS, st.integers(1, 6))
def test_no_word_has_more_neighbours_than_the_cap(texts: Texts, cap: int) -> None:
    counts, cut = edges_of(graph_of(texts)), cooccurrence(corpus_of(texts), degree_cap=cap)
    kept: dict[int, set[int]] = {}
    for word in range(12):
        ranked = sorted((-count, *(set(pair) - {word})) for pair, count in counts.items() if word in pair)
        kept[word] = {neighbour for _, neighbour in ranked[:cap]}
    assert edges_of(cut) == {
        pair: n for pair, n in counts.items() if pair[1] in kept[pair[0]] and pair[0] in kept[pair[1]]
    }


def test_edges_of_too_few_texts_go_before_the_cap() -> None:
    texts = corpus_of([[0, 1], [0, 1], [0, 2], [0, 3], [0, 3]])
    assert edges_of(cooccurrence(texts, min_count=2, degree_cap=2)) == {(0, 1): 2, (0, 3): 2}


@unhurried
@given(st.one_of(TEXTS, EDGES))
def test_the_clusters_are_those_of_the_two_phases_and_of_3_clique_percolation(texts: Texts) -> None:
    graph = graph_of(texts)
    clusters = cluster_by_components(graph)
    assert node_sets(clusters) == percolation(in_networkx(graph))
    assert node_sets(clusters) == two_phases(in_networkx(graph), nx.connected_components)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("density", [0.02, 0.06, 0.1])  # below, at and above the percolation of triangles
def test_larger_random_graphs_have_the_clusters_of_3_clique_percolation(seed: int, density: float) -> None:
    graph = graph_of(nx.gnp_random_graph(120, density, seed=seed).edges)
    clusters = cluster_by_components(graph)
    assert node_sets(clusters) == percolation(in_networkx(graph))
    assert clusters.triangles == sum(nx.triangles(in_networkx(graph)).values()) / 3


@unhurried
@given(st.one_of(TEXTS, EDGES), st.permutations(range(12)))
def test_the_clusters_do_not_hang_on_the_numbers_of_the_words(texts: Texts, numbers: list[int]) -> None:
    renumbered = node_sets(cluster_by_components(graph_of([[numbers[word] for word in text] for text in texts])))
    sets = node_sets(cluster_by_components(graph_of(texts)))
    assert renumbered == Counter({frozenset(numbers[word] for word in words): n for words, n in sets.items()})


def test_the_middle_word_of_a_bowtie_is_in_both_clusters() -> None:
    clusters = cluster_by_components(graph_of([[0, 1, 2], [2, 3, 4]]))
    assert node_sets(clusters) == {frozenset({0, 1, 2}): 1, frozenset({2, 3, 4}): 1}
    assert (clusters.nodes, clusters.edges, clusters.triangles, clusters.count) == (5, 6, 2, 2)
    assert clusters.labels.tolist() == [[0, 0], [0, 0], [0, 0], [1, 1], [1, 1], [1, 1]]
    assert clusters.members.tolist() == [[0, 0], [0, 1], [0, 2], [1, 2], [1, 3], [1, 4]]
    assert clusters.largest_share == 3 / 5


@pytest.mark.parametrize("size", range(3, 9))
def test_a_text_is_one_cluster(size: int) -> None:
    clusters = cluster_by_components(graph_of([range(size)]))
    assert node_sets(clusters) == {frozenset(range(size)): 1}
    assert clusters.triangles == size * (size - 1) * (size - 2) // 6
    assert (clusters.count, clusters.large, clusters.largest_share) == (1, int(size >= 5), 1)


def test_each_edge_of_a_star_and_of_a_path_is_a_cluster() -> None:
    for texts in ([[0, word] for word in range(1, 7)], [[word, word + 1] for word in range(6)]):
        clusters = cluster_by_components(graph_of(texts))
        assert node_sets(clusters) == Counter(map(frozenset, texts))
        assert (clusters.count, clusters.large, clusters.triangles) == (6, 0, 0)
        assert clusters.largest_share == 2 / 7


def test_a_word_where_the_ends_of_a_strip_of_triangles_meet_is_once_in_its_cluster() -> None:
    strip = [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, 0]]  # 0 has two personas, both in it
    assert cluster_by_components(graph_of(strip)).members.tolist() == [[0, word] for word in range(6)]


def test_two_clusters_of_the_same_words_are_two() -> None:
    # two strips of triangles around a ring of 23 words: one by steps of 1 and 2, one by steps of 5 and 10; no three
    # steps of both kinds lead back to where they began, so no triangle joins the strips
    strips = [
        [step * first % 23, step * (first + 1) % 23, step * (first + 2) % 23] for step in (1, 5) for first in range(23)
    ]
    graph = graph_of(strips)
    assert node_sets(cluster_by_components(graph)) == percolation(in_networkx(graph)) == {frozenset(range(23)): 2}


@pytest.mark.parametrize(("texts", "words"), [([], 0), ([[]], 0), ([[3]], 1), ([[0, 0], [5], []], 2)])
def test_words_without_neighbours_are_in_no_cluster(texts: Texts, words: int) -> None:
    graph = graph_of(texts)
    clusters = cluster_by_components(graph)
    assert (graph.words, len(graph.pairs)) == (words, 0)
    assert (clusters.nodes, clusters.edges, clusters.triangles, clusters.count, clusters.large) == (0, 0, 0, 0, 0)
    assert clusters.largest_share == (0 if words else None)
    assert clusters.labels.shape == clusters.members.shape == (0, 2)


def test_the_share_is_of_all_words_and_large_is_as_large_as_asked() -> None:
    graph = graph_of([[0, 1, 2], [3, 4, 5, 6], [7, 8], [9]])
    assert [cluster_by_components(graph, min_size=size).large for size in (2, 3, 4, 5)] == [3, 2, 1, 0]
    assert cluster_by_components(graph).largest_share == 4 / 10


@unhurried
@given(texts=TEXTS)
def test_the_ends_of_an_edge_are_members_of_the_clusters_they_bear(texts: Texts) -> None:
    graph = graph_of(texts)
    clusters = cluster_by_components(graph)
    ends = list(zip(clusters.labels.ravel().tolist(), graph.pairs.ravel().tolist(), strict=True))
    assert sorted(set(ends)) == [tuple(membership) for membership in clusters.members.tolist()]
    assert list(dict.fromkeys(label for label, _ in ends)) == list(range(clusters.count))
