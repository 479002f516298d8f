"""From the tags that were thought of for many instructions to a vocabulary of tasks (TagGPT, Li et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vlitqa.algorithms.arrays import Vectors

_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tags that are kept, the most frequent first, and for each which others it stands for."""

    tags: tuple[str, ...]
    contains: Mapping[str, tuple[str, ...]]


def ranked(counts: Mapping[str, int], min_count: int) -> list[str]:
    """The tags that came at least so often, the most frequent first, equals by the alphabet: the cut by coverage."""
    kept = (tag for tag, count in counts.items() if count >= min_count)
    return sorted(kept, key=lambda tag: (-counts[tag], tag))


def vocabulary(tags: Sequence[str], vectors: Vectors, near: float) -> Vocabulary:
    """The cut by redundancy: a tag is dropped whose cosine to a more frequent one that is kept is over `near`.

    `vectors` holds the unit vector of each tag, in their order.
    """
    kept: list[int] = []
    contains: dict[str, list[str]] = {}
    for start in range(0, len(tags), _AT_ONCE):
        rows = vectors[start : start + _AT_ONCE]
        known = _first_over(rows @ vectors[kept].T, near)  # (rows, kept before these)
        among = rows @ rows.T  # (rows, rows)
        fresh: list[int] = []
        for at in range(len(rows)):
            twin = kept[known[at]] if known[at] >= 0 else _twin(among[at], fresh, near, start)
            if twin < 0:
                fresh.append(at)
                contains[tags[start + at]] = []
            else:
                contains[tags[twin]].append(tags[start + at])
        kept += [start + at for at in fresh]
    return Vocabulary(tuple(tags[at] for at in kept), {tag: tuple(others) for tag, others in contains.items()})


def nearest(vectors: Vectors, tags: Vectors, over: float, most: int) -> list[list[int]]:
    """For every vector the tags whose cosine is over a bound, the nearest first, at most so many."""
    found: list[list[int]] = []
    for start in range(0, len(vectors), _AT_ONCE):
        cosines = vectors[start : start + _AT_ONCE] @ tags.T
        for row in cosines:
            near = np.flatnonzero(row > over)
            found.append([int(at) for at in near[np.argsort(-row[near], kind="stable")][:most]])
    return found


def _first_over(cosines: Vectors, near: float) -> list[int]:
    """In each row the first place over the bound, or -1."""
    if not cosines.shape[1]:
        return [-1] * len(cosines)
    over = cosines > near
    first = over.argmax(axis=1)
    return [int(at) if row[at] else -1 for at, row in zip(first, over, strict=True)]


def _twin(cosines: Vectors, fresh: Sequence[int], near: float, start: int) -> int:
    return next((start + at for at in fresh if cosines[at] > near), -1)
