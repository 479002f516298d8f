"""Shares of cases that stand or fall together, such as all rows of one image, with their interval."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vlitqa.algorithms.intervals import share_interval_of_groups
from vlitqa.results import Figure


class GroupedCases:
    """Cases, and how many of them are as they should be, by the group in which they stand or fall together."""

    def __init__(self) -> None:
        self._by_group: dict[str, list[int]] = {}
        self._alone: list[tuple[int, int]] = []

    def add(self, group: str, hits: int, count: int) -> None:
        """Adds cases of a group; those without a group stand for themselves."""
        if not group:
            self._alone.append((hits, count))
            return
        sums = self._by_group.setdefault(group, [0, 0])
        sums[0] += hits
        sums[1] += count

    def figure(self, blank: Figure, alone: int = 0) -> Figure:
        """The figure with the share and its interval; `alone` cases more are as they should be, each for itself."""
        sums = np.array([*self._by_group.values(), *self._alone], np.float64).reshape(-1, 2)  # (groups, 2)
        hits, sizes = np.concatenate([sums.T, np.ones((2, alone))], axis=1)  # (groups,)
        count = int(sizes.sum())
        if not count:
            return blank
        interval = share_interval_of_groups(hits, sizes)
        return replace(blank, value=float(hits.sum()) / count, interval=interval, measured=count, reason="")
