"""Topic-aware sampling of images: a topic is a cluster of images that look alike (TextBind, section 3.2).

The features are the vectors of an image-text encoder; TextBind takes the mean of its hidden states instead.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vlitqa.algorithms.arrays import Ints, Vectors
from vlitqa.algorithms.k_means import k_means

PICTURES_DRAWN = (2, 3, 4)
"""How many images a dialogue is drawn of, each number equally often."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Images by topic, and what was left out."""

    members: Sequence[Sequence[int]]
    """By topic: the places of its images."""
    asked: int
    """Clusters that were asked for."""
    left_out: int
    """Images of clusters that are too small."""

    def draw(self, seed: int, number: int) -> tuple[int, Sequence[int]]:
        """A topic, each equally often, and some of its images; the same ones for a seed and a number."""
        dice = random.Random(f"{seed} topic {number}")
        topic = dice.randrange(len(self.members))
        members = self.members[topic]
        return topic, dice.sample(list(members), min(dice.choice(PICTURES_DRAWN), len(members)))


def find_topics(vectors: Vectors, clusters: int, smallest: int, seed: int) -> Topics:
    """Clusters images by their vectors; clusters of fewer than the smallest number of images are left out."""
    labels = k_means(vectors, clusters, seed)
    members = [group for group in _groups_of(labels) if len(group) >= smallest]
    return Topics(members, clusters, len(vectors) - sum(map(len, members)))


def _groups_of(labels: Ints) -> Iterator[Sequence[int]]:
    for label in np.unique(labels):
        yield np.flatnonzero(labels == label).tolist()
