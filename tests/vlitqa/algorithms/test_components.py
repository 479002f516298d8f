"""Connected components against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.components import components


def smallest_of_component(nodes: int, edges: Ints) -> list[int]:
    """The same answer from scipy: the smallest node of every node's component."""
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(nodes, nodes))
    _, labels = connected_components(graph, directed=False)
    _, firsts = np.unique(labels, return_index=True)
    return firsts[labels].tolist()


@given(st.integers(1, 40).flatmap(lambda nodes: st.tuples(st.just(nodes), _edges(nodes))))
def test_every_node_bears_the_smallest_node_of_its_component(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    nodes, pairs = drawn
    edges = np.array(pairs, np.int64).reshape(-1, 2)
    assert components(nodes, edges).tolist() == smallest_of_component(nodes, edges)


@pytest.mark.parametrize("seed", range(4))
def test_a_random_graph_near_its_threshold_falls_into_the_components_of_scipy(seed: int) -> None:
    edges = np.random.default_rng(seed).integers(0, 20_000, (10_000, 2))
    assert components(20_000, edges).tolist() == smallest_of_component(20_000, edges)


def test_a_long_path_in_any_order_is_one_component() -> None:
    for order in (np.arange(5_000), np.arange(5_000)[::-1], np.random.default_rng(1).permutation(5_000)):
        assert not components(5_000, np.stack([order[:-1], order[1:]], axis=1)).any()


def test_without_edges_every_node_stands_alone() -> None:
    assert components(3, np.empty((0, 2), np.int64)).tolist() == [0, 1, 2]
    assert components(0, np.empty((0, 2), np.int64)).tolist() == []


def _edges(nodes: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    node = st.integers(0, nodes - 1)
    return st.lists(st.tuples(node, node), max_size=60)
