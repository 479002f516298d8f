"""Which rows repeat which: how it is kept as labels of rows, and how it is read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from vlitqa.records import Place
from vlitqa.results import Labels

Copies = dict[Place, Place]
"""Where copies stand, and where what they are copies of."""
_OF = " of row "


@dataclass(frozen=True, slots=True)
class Group:
    """A row, and those that repeat it in one way; all counted from 0."""

    code: str
    first: int
    copies: tuple[int, ...]


def labels_of_copies(found: Mapping[str, Copies]) -> dict[int, list[tuple[str, ...]]]:
    """By row: what it is a copy in, and of which row."""
    labels: dict[int, list[tuple[str, ...]]] = {}
    for code, copies in found.items():
        for place, first in copies.items():
            if place.row == first.row:  # two images of one record
                continue
            labels[place.row] = [(*labels.get(place.row, [()])[0], code, f"{code}{_OF}{first.row + 1}")]
    return labels


def codes_of(turns: Labels) -> Mapping[int, tuple[str, ...]]:
    """By row: what it is a copy in."""
    return {row: tuple(label for turn in own for label in turn if _OF not in label) for row, own in turns.items()}


def groups_of(labels: Labels) -> list[Group]:
    """The groups of copies, the largest first."""
    groups: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for row, turns in labels.items():
        for label in (label for turn in turns for label in turn if _OF in label):
            code, _, first = label.partition(_OF)
            groups[code, int(first) - 1].append(row)
    ranked = sorted(groups.items(), key=lambda each: (-len(each[1]), each[0]))
    return [Group(code, first, tuple(sorted(rows))) for (code, first), rows in ranked]
