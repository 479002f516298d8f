"""Groups of rows that a graph links, by the connected components of scipy."""

from __future__ import annotations

import numpy as np

from vlitqa.algorithms.arrays import Ints


def first_of_groups(nodes: Ints, edges: Ints) -> Ints:
    """For every row the first row of its group: rows of one node, or of nodes that edges link, are a group.

    Each node has a row.  # nodes: (rows,), edges: (edges, 2) -> (rows,)
    """
    groups = nodes
    if len(edges):
        # loaded only where something is linked: it takes longer to load than numpy itself
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        size = int(nodes.max()) + 1
        graph = coo_array((np.ones(len(edges), bool), (edges[:, 0], edges[:, 1])), shape=(size, size))
        groups = connected_components(graph, directed=False)[1][nodes]
    _, firsts, members = np.unique(groups, return_index=True, return_inverse=True)
    first_rows: Ints = firsts[members]
    return first_rows
