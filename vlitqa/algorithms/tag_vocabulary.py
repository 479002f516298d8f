"""A vocabulary of tasks from the tags that were proposed for many instructions (TagGPT, Li et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vlitqa.algorithms.arrays import Vectors

_CHUNK = 1024
"""Tags that are compared in one go."""


@dataclass(frozen=True, slots=True)
class TagVocabulary:
    """The tags that are kept, the most frequent first, and for each which others it stands for."""

    tags: tuple[str, ...]
    contains: Mapping[str, tuple[str, ...]]


def rank_tags(counts: Mapping[str, int], min_count: int) -> list[str]:
    """The tags that came at least so often, the most frequent first, equals by the alphabet: the cut by coverage."""
    frequent = (tag for tag, count in counts.items() if count >= min_count)
    return sorted(frequent, key=lambda tag: (-counts[tag], tag))


def build_vocabulary(tags: Sequence[str], vectors: Vectors, near: float) -> TagVocabulary:
    """Drops every tag whose cosine to a more frequent tag of the vocabulary is over `near`: the cut by redundancy.

    `vectors` holds the unit vector of each tag, in their order.
    """
    members: list[int] = []
    contains: dict[str, list[str]] = {}
    for start in range(0, len(tags), _CHUNK):
        rows = vectors[start : start + _CHUNK]
        near_members = _first_over(rows @ vectors[members].T, near)  # (rows, members)
        cosines = rows @ rows.T  # (rows, rows)
        new_members: list[int] = []
        for row, member in enumerate(near_members):
            twin = members[member] if member >= 0 else _twin_among(new_members, cosines[row], near, start)
            if twin < 0:
                new_members.append(row)
                contains[tags[start + row]] = []
            else:
                contains[tags[twin]].append(tags[start + row])
        members += [start + row for row in new_members]
    return TagVocabulary(
        tuple(tags[member] for member in members), {tag: tuple(others) for tag, others in contains.items()}
    )


def nearest_tags(vectors: Vectors, tags: Vectors, over: float, most: int) -> list[list[int]]:
    """For every vector the tags whose cosine is over a bound, the nearest first, at most so many."""
    by_vector: list[list[int]] = []
    for start in range(0, len(vectors), _CHUNK):
        cosines = vectors[start : start + _CHUNK] @ tags.T  # (rows, tags)
        for row in cosines:
            near = np.flatnonzero(row > over)
            by_vector.append(near[np.argsort(-row[near], kind="stable")][:most].tolist())
    return by_vector


def _first_over(cosines: Vectors, near: float) -> list[int]:
    """The first column over the bound in each row, or -1."""
    if not cosines.shape[1]:
        return [-1] * len(cosines)
    is_over = cosines > near
    return [int(column) if row[column] else -1 for column, row in zip(is_over.argmax(axis=1), is_over, strict=True)]


def _twin_among(members: Sequence[int], cosines: Vectors, near: float, start: int) -> int:
    return next((start + member for member in members if cosines[member] > near), -1)
