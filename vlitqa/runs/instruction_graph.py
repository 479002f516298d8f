"""The graph of the content words of a run's instructions, for networkx: words are nodes, and edges join words that are
used in one instruction more often than their frequencies explain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx


def build_instruction_graph(instructions: Iterable[Sequence[str]], *, words: int, edges: int) -> networkx.Graph[str]:
    """Builds the graph of the most frequent words of instructions, with the strongest edges among them.

    A node's `count` says how many instructions hold the word. An edge's `weight` is the cosine of two words: how many
    instructions hold both, over the geometric mean of their counts.
    """
    import networkx

    word_sets = [set(instruction) for instruction in instructions]
    counts = Counter(word for word_set in word_sets for word in word_set)
    frequent = [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:words]]
    rank = {word: number for number, word in enumerate(frequent)}
    together: Counter[tuple[int, int]] = Counter()
    for word_set in word_sets:
        together.update(combinations(sorted(rank[word] for word in word_set if word in rank), 2))
    weights = {
        pair: count / (counts[frequent[pair[0]]] * counts[frequent[pair[1]]]) ** 0.5 for pair, count in together.items()
    }
    strongest = sorted(weights, key=lambda pair: (-weights[pair], pair))[:edges]
    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_nodes_from((word, {"count": counts[word]}) for word in frequent)
    graph.add_weighted_edges_from(
        (frequent[first], frequent[second], weights[first, second]) for first, second in strongest
    )
    return graph
