"""Groups of linked rows against networkx."""

from __future__ import annotations

import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.components import first_of_groups

unhurried = settings(deadline=None)  # the first call loads scipy


def smallest_of_component(nodes: int, edges: Ints) -> list[int]:
    """The smallest node of every node's component, by networkx."""
    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from(edges.tolist())
    smallest = {node: min(component) for component in nx.connected_components(graph) for node in component}
    return [smallest[node] for node in range(nodes)]


def edges_among(nodes: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    node = st.integers(0, nodes - 1)
    return st.lists(st.tuples(node, node), max_size=60)


@unhurried
@given(st.integers(1, 40).flatmap(lambda nodes: st.tuples(st.just(nodes), edges_among(nodes))))
def test_every_node_bears_the_smallest_node_of_its_component(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    nodes, pairs = drawn
    edges = np.array(pairs, np.int64).reshape(-1, 2)
    assert first_of_groups(np.arange(nodes), edges).tolist() == smallest_of_component(nodes, edges)


@unhurried
@given(st.lists(st.integers(0, 7), max_size=30), edges_among(8))
def test_a_row_belongs_to_the_first_row_whose_node_is_linked_to_its_own(
    later: list[int], pairs: list[tuple[int, int]]
) -> None:
    edges = np.array(pairs, np.int64).reshape(-1, 2)
    nodes = [3, 1, 7, 0, 2, 6, 5, 4, *later]
    component = smallest_of_component(8, edges)
    groups = [component[node] for node in nodes]
    assert first_of_groups(np.array(nodes), edges).tolist() == [groups.index(group) for group in groups]


@pytest.mark.parametrize("seed", range(4))
def test_a_random_graph_near_its_threshold_falls_into_the_components_of_networkx(seed: int) -> None:
    edges = np.random.default_rng(seed).integers(0, 20_000, (10_000, 2))
    assert first_of_groups(np.arange(20_000), edges).tolist() == smallest_of_component(20_000, edges)


def test_a_long_path_in_any_order_is_one_group() -> None:
    for order in (np.arange(5_000), np.arange(5_000)[::-1], np.random.default_rng(1).permutation(5_000)):
        assert not first_of_groups(np.arange(5_000), np.stack([order[:-1], order[1:]], axis=1)).any()


def test_an_edge_that_comes_a_thousand_times_links_its_nodes() -> None:
    assert first_of_groups(np.arange(3), np.tile([[2, 1]], (1024, 1))).tolist() == [0, 1, 1]


def test_without_edges_only_rows_of_one_node_are_a_group() -> None:
    edges = np.empty((0, 2), np.int64)
    assert first_of_groups(np.array([0, 1, 0, 2]), edges).tolist() == [0, 1, 0, 3]
    assert first_of_groups(np.empty(0, np.int64), edges).tolist() == []


def test_scipy_is_not_loaded_where_nothing_is_linked() -> None:
    script = (
        "import sys, numpy as np\n"
        "from vlitqa.algorithms.components import first_of_groups\n"
        "first_of_groups(np.arange(3), np.empty((0, 2), np.int64))\n"
        "print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
