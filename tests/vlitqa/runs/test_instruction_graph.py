"""The graph of instruction words, worked out by hand."""

from __future__ import annotations

import pytest

from vlitqa.runs.instruction_graph import build_instruction_graph

INSTRUCTIONS = [["red", "circle"], ["red", "circle", "red"], ["red", "square"], ["count", "stars"]]


def test_a_words_count_is_the_number_of_instructions_that_hold_it() -> None:
    graph = build_instruction_graph(INSTRUCTIONS, words=10, edges=10)
    assert dict(graph.nodes(data="count")) == {"red": 3, "circle": 2, "count": 1, "square": 1, "stars": 1}


def test_an_edge_weighs_the_cosine_of_two_words() -> None:
    graph = build_instruction_graph(INSTRUCTIONS, words=10, edges=10)
    weights = {frozenset((first, second)): weight for first, second, weight in graph.edges(data="weight")}
    assert weights == {
        frozenset(("red", "circle")): pytest.approx(2 / (3 * 2) ** 0.5),
        frozenset(("red", "square")): pytest.approx(1 / 3**0.5),
        frozenset(("count", "stars")): 1.0,
    }


def test_the_most_frequent_words_and_the_strongest_edges_are_kept() -> None:
    graph = build_instruction_graph(INSTRUCTIONS, words=3, edges=1)
    assert list(graph) == ["red", "circle", "count"]
    assert list(graph.edges) == [("red", "circle")]


def test_no_instruction_gives_an_empty_graph() -> None:
    assert len(build_instruction_graph([], words=3, edges=1)) == 0
