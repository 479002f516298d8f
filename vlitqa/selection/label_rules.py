"""The rules of a selection that judge all rows together: quotas of labels, and budgets."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np

from vlitqa.catalogue import better
from vlitqa.errors import UsageError
from vlitqa.results import Labels
from vlitqa.runs.finished import FinishedRun
from vlitqa.selection.ledger import DROPPED, KEPT, UNMEASURED, LedgerEntry
from vlitqa.selection.rules import Pool, Stage

EVEN = -1
"""Stands for as many turns of a label as the median label has."""


@dataclass(frozen=True, slots=True)
class AtMost:
    """Keeps at most a number of turns of each label.

    The label with the fewest turns takes its next row, drawn at random, as long as none of the row's labels gets more
    than the number: so rare labels are covered first, and no row is dropped for which there is room.
    """

    text: str
    metric: str
    most: int
    stage: ClassVar[Stage] = Stage.LABEL

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Judges every row that is left; its value is the number of kept turns of its fullest label at that moment.

        Raises UsageError if the run has no label of the metric: it would judge no row.
        """
        pool.run.require_labels(self.metric)
        labels = pool.run.labels.get(self.metric, {})
        counts = {row: turns_of_labels(labels, row) for row in sorted(pool.kept, key=pool.shuffle_key)}
        totals = Counter[str]()
        for of_row in counts.values():
            totals.update(of_row)
        most = self.most_among(totals)
        used = Counter[str]()
        entries = []
        for row in _rarest_first(counts, used):
            fullest = max(counts[row], key=lambda label: (used[label] + counts[row][label], label))
            has_room = used[fullest] + counts[row][fullest] <= most
            value = float(used[fullest])
            used.update(counts[row] if has_room else ())
            verdict, full = (KEPT, "") if has_room else (DROPPED, fullest)
            entries.append(LedgerEntry(row, self.text, value, threshold=float(most), verdict=verdict, full=full))
        entries += [
            LedgerEntry(row, self.text, None, threshold=float(most), verdict=UNMEASURED)
            for row, of_row in counts.items()
            if not of_row
        ]
        return sorted(entries, key=lambda entry: entry.row)

    def most_among(self, counts: Mapping[str, int]) -> int:
        """Returns the number of turns of a label that may stay, from the counts of all labels."""
        if self.most != EVEN:
            return self.most
        return max(1, int(np.median(list(counts.values())))) if counts else 1


@dataclass(frozen=True, slots=True)
class Uniform:
    """Draws a share of the rows that are left, label by label in turn, as the review balances its data."""

    text: str
    metric: str
    percent: float
    stage: ClassVar[Stage] = Stage.LABEL

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Judges every row that is left; those without a label are drawn as if they had one of their own.

        Raises UsageError if the run has no label of the metric.
        """
        pool.run.require_labels(self.metric)
        size = round(len(pool.kept) * self.percent / 100)
        ranked = sorted(pool.kept, key=pool.shuffle_key)
        chosen = set(_take_labels_in_turn(ranked, pool.run.labels.get(self.metric, {}))[:size])
        return [
            LedgerEntry(row, self.text, None, threshold=float(size), verdict=KEPT if row in chosen else DROPPED)
            for row in sorted(pool.kept)
        ]


@dataclass(frozen=True, slots=True)
class Cover:
    """Names the metric whose labels a budget takes in turn; it judges no row itself."""

    text: str
    metric: str
    stage: ClassVar[Stage] = Stage.ROW

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Returns no verdicts; raises UsageError if the run has no label of the metric."""
        pool.run.require_labels(self.metric)
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Keeps a number of rows or a share of all, label by label in turn: the best by a metric, or random ones."""

    text: str
    amount: float
    """Rows, or percent of all rows that hold a record."""
    is_share: bool
    best_by: str = ""
    """The metric whose best rows are kept; empty for random rows."""
    stage: ClassVar[Stage] = Stage.BUDGET

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Judges every row that is left; rows without a value take their room first, unless they are dropped.

        Raises UsageError for a metric without values, and for one of which neither more nor less is better.
        """
        values = self._values(pool.run)
        size = self.size_of(len(pool.run.rows))
        unmeasured = {row for row in pool.kept if self.best_by and values.get(row) is None}
        sign = 1.0 if better(self.best_by) == "down" else -1.0

        def rank(row: int) -> tuple[float, bytes]:
            return sign * (values.get(row) or 0.0), pool.shuffle_key(row)

        stay = set() if pool.drop_unmeasured else set(sorted(unmeasured, key=pool.shuffle_key)[:size])
        ranked = sorted(pool.kept - unmeasured, key=rank)
        labels = pool.run.labels.get(pool.covered, {})
        chosen = set(_take_labels_in_turn(ranked, labels)[: size - len(stay)])
        unjudged = unmeasured if pool.drop_unmeasured else stay
        verdicts = dict.fromkeys(chosen, KEPT) | dict.fromkeys(unjudged, UNMEASURED)
        return [
            LedgerEntry(row, self.text, values.get(row), threshold=float(size), verdict=verdicts.get(row, DROPPED))
            for row in sorted(pool.kept)
        ]

    def _values(self, run: FinishedRun) -> Mapping[int, float | None]:
        """The values by which rows are ranked; none for a budget of random rows."""
        if not self.best_by:
            return {}
        run.require_values(self.best_by)
        if better(self.best_by) == "none":
            raise UsageError(
                f"{self.text}: of {self.best_by} neither more nor less is better, so that no row is the best.",
                repair="Name another metric, or none for random rows.",
            )
        return run.value_of_row(self.best_by)

    def size_of(self, rows: int) -> int:
        """Returns the number of rows that the budget keeps of a number of rows."""
        return round(rows * self.amount / 100) if self.is_share else int(self.amount)


def turns_of_labels(labels: Labels, row: int) -> Counter[str]:
    """The number of turns of a row that have each label."""
    return Counter(label for turn in labels.get(row, ()) for label in turn)


def _rarest_first(counts: Mapping[int, Counter[str]], used: Counter[str]) -> Iterator[int]:
    """Rows with labels, once each: always the next one of the label of which the fewest turns were used so far."""
    rows_of: defaultdict[str, list[int]] = defaultdict(list)
    for row, of_row in counts.items():
        for label in of_row:
            rows_of[label].append(row)
    queue = [(0, label) for label in sorted(rows_of)]
    heapq.heapify(queue)
    waiting = {label: iter(rows) for label, rows in rows_of.items()}
    seen: set[int] = set()
    while queue:
        turns, label = heapq.heappop(queue)
        if turns != used[label]:
            heapq.heappush(queue, (used[label], label))
            continue
        for row in islice((row for row in waiting[label] if row not in seen), 1):  # the next one, if there is any
            seen.add(row)
            yield row
            heapq.heappush(queue, (used[label], label))


def labels_of_row(labels: Labels, row: int) -> list[str]:
    """Returns the different labels of all turns of a row, sorted."""
    return sorted(turns_of_labels(labels, row))


def _take_labels_in_turn(ranked: Sequence[int], labels: Labels) -> list[int]:
    """Orders rows: the first of every label, then the second of every label, so that rare labels are not lost."""
    rounds_of_label: Counter[str] = Counter()
    rounds: defaultdict[int, list[int]] = defaultdict(list)
    for row in ranked:
        rarest = min(labels_of_row(labels, row) or [""], key=lambda label: (rounds_of_label[label], label))
        rounds[rounds_of_label[rarest]].append(row)
        rounds_of_label[rarest] += 1
    return [row for number in sorted(rounds) for row in rounds[number]]
