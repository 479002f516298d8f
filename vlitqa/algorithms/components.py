"""Connected components of a graph given by its edges."""

from __future__ import annotations

import numpy as np

from vlitqa.algorithms.arrays import Ints


def components(nodes: int, edges: Ints) -> Ints:
    """For every node the smallest node of its component.  # edges: (count, 2) -> (nodes,)"""
    labels = np.arange(nodes)
    if not len(edges):
        return labels
    left, right = edges[:, 0], edges[:, 1]
    while True:
        before = labels.copy()
        lowest = np.minimum(labels[left], labels[right])
        np.minimum.at(labels, labels[left], lowest)
        np.minimum.at(labels, labels[right], lowest)
        labels = labels[labels]
        if np.array_equal(before, labels):
            return labels
