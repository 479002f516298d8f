"""The figures of a dataset by the groups of its records, such as their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vlitqa.results.figures import Figure

SOURCE_LABEL = "source"
"""The name under which the group of each record is kept among labels, and by which rules call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScores:
    """The figures of the records of one group."""

    name: str
    records: int
    findings: Mapping[str, int]
    """By code: the rows that have the finding."""
    figures: Mapping[str, tuple[Figure, ...]]
    """By metric."""

    def figure(self, metric: str, name: str, variant: str) -> Figure | None:
        """One figure of a metric, if it has that figure."""
        figures = self.figures.get(metric, ())
        return next((figure for figure in figures if (figure.name, figure.variant) == (name, variant)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresByGroup:
    """The largest groups of a dataset, and what is known of the others."""

    field: str
    """The field of the rows that names the group; `file` for the file in which a row stands."""
    groups: tuple[GroupScores, ...]
    """The largest first."""
    smaller_groups: int = 0
    """Groups that are too small, or too many, for figures of their own."""
    records_in_them: int = 0


def worst_groups_first(scores: ScoresByGroup, metric: str, name: str, variant: str) -> list[tuple[GroupScores, Figure]]:
    """The groups that have a figure, those with a value before the others, the worst value first."""
    pairs = [(group, figure) for group in scores.groups if (figure := group.figure(metric, name, variant))]

    def rank(pair: tuple[GroupScores, Figure]) -> tuple[bool, float, str]:
        group, figure = pair
        sign = -1.0 if figure.direction == "down" else 1.0
        return figure.value is None, sign * (figure.value or 0.0), group.name

    return sorted(pairs, key=rank)
