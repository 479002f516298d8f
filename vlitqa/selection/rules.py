"""The rules of a selection: each is one class that knows its stage and gives its verdicts.

A new rule is a class here, and a line in `notation` that says how it is written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Protocol

import numpy as np

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.catalogue import metric_that_finds, voting_metrics
from vlitqa.results import Labels
from vlitqa.runs.finished import FinishedRun
from vlitqa.selection.ledger import DROPPED, KEPT, UNMEASURED, LedgerEntry

EVEN = -1
"""Stands for as many rows of a label as the median label has."""


class Stage(IntEnum):
    """The order in which rules are applied, whatever order they are written in."""

    ROW = 0
    """Judges each row by itself."""
    LABEL = 1
    """Judges all rows that are left together, by their labels."""
    BUDGET = 2
    """Chooses the best of all rows that are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The rows that a rule judges, and the run that measured them."""

    run: FinishedRun
    kept: AbstractSet[int]
    """The rows that earlier rules left."""
    seed: int = 0
    covered: str = ""
    """The metric whose labels a budget takes in turn."""

    def shuffle_key(self, row: int) -> bytes:
        """The key that puts rows into a random order, which the seed decides."""
        return shuffle_key(self.seed, row)


class Rule(Protocol):
    """One rule of a selection."""

    @property
    def text(self) -> str:
        """The rule as a user writes it."""
        ...

    @property
    def stage(self) -> Stage:
        """The stage at which it is applied."""
        ...

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Returns a verdict on each row of the run, or on each row that is left, in the order of the rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Keeps rows whose value lies above or below a bound, or a quantile of all measured values."""

    text: str
    metric: str
    sign: str
    bound: float
    is_quantile: bool
    stage: ClassVar[Stage] = Stage.ROW

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Judges every row by its own value."""
        pool.run.require_values(self.metric)
        values = pool.run.value_of_row(self.metric)
        bound = self.bound_among([value for value in values.values() if value is not None])
        return [
            LedgerEntry(row, self.text, value, threshold=bound, verdict=self._verdict(value, bound))
            for row, value in values.items()
        ]

    def bound_among(self, values: Sequence[float]) -> float | None:
        """Returns the bound, or the quantile of these values; None for a quantile of no values."""
        if not self.is_quantile:
            return self.bound
        return float(np.quantile(values, self.bound / 100)) if values else None

    def _verdict(self, value: float | None, bound: float | None) -> str:
        if value is None:
            return UNMEASURED
        if bound is None:
            return KEPT
        holds = {">=": value >= bound, "<=": value <= bound, ">": value > bound, "<": value < bound}[self.sign]
        return KEPT if holds else DROPPED


@dataclass(frozen=True, slots=True)
class DropRule:
    """Drops rows in which a metric found a fault."""

    text: str
    code: str
    stage: ClassVar[Stage] = Stage.ROW

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Judges every row by the finding; raises UsageError if the run did not look for it.

        A row that no judge saw is not measured.
        """
        faulty, unseen = pool.run.rows_with(self.code), self._unseen(pool.run)
        entries = []
        for row in pool.run.rows:
            value = None if row in unseen else float(row in faulty)
            verdict = UNMEASURED if row in unseen else DROPPED if row in faulty else KEPT
            entries.append(LedgerEntry(row, self.text, value, threshold=0.0, verdict=verdict))
        return entries

    def _unseen(self, run: FinishedRun) -> set[int]:
        metric = metric_that_finds(self.code)
        if metric not in voting_metrics():  # it sees every row
            return set()
        run.require_values(metric)
        return {row for row, value in run.value_of_row(metric).items() if value is None}


@dataclass(frozen=True, slots=True)
class AtMost:
    """Keeps at most a number of turns of each label: rows in random order stay while one of their labels has room."""

    text: str
    metric: str
    most: int
    stage: ClassVar[Stage] = Stage.LABEL

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Judges every row that is left; its value is the number of kept turns of its rarest label at that moment.

        Raises UsageError if the run has no label of the metric: it would judge no row.
        """
        pool.run.require_labels(self.metric)
        labels = pool.run.labels.get(self.metric, {})
        most = self.most_among(Counter(label for row in pool.kept for label in labels_of_row(labels, row)))
        used: Counter[str] = Counter()
        entries = []
        for row in sorted(pool.kept, key=pool.shuffle_key):
            row_labels = labels_of_row(labels, row)
            if not row_labels:
                entries.append(LedgerEntry(row, self.text, None, threshold=float(most), verdict=UNMEASURED))
                continue
            rows_before = min(used[label] for label in row_labels)
            used.update(row_labels if rows_before < most else ())
            verdict = KEPT if rows_before < most else DROPPED
            entries.append(LedgerEntry(row, self.text, float(rows_before), threshold=float(most), verdict=verdict))
        return sorted(entries, key=lambda entry: entry.row)

    def most_among(self, counts: Mapping[str, int]) -> int:
        """Returns the number of turns of a label that may stay, from the counts of all labels."""
        if self.most != EVEN:
            return self.most
        return max(1, int(np.median(list(counts.values())))) if counts else 1


@dataclass(frozen=True, slots=True)
class Cover:
    """Names the metric whose labels a budget takes in turn; it judges no row itself."""

    text: str
    metric: str
    stage: ClassVar[Stage] = Stage.ROW

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Returns no verdicts; raises UsageError if the run did not measure the metric."""
        pool.run.require(self.metric)
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
        """Judges every row that is left; rows that were not measured come last."""
        if self.best_by:
            pool.run.require_values(self.best_by)
        values = pool.run.value_of_row(self.best_by) if self.best_by else {}
        size = self.size_of(len(pool.run.rows))

        def rank(row: int) -> tuple[float, bytes]:
            value = values.get(row)
            worth = 0.0 if not self.best_by else float("inf") if value is None else -value
            return worth, pool.shuffle_key(row)

        ranked = sorted(pool.kept, key=rank)
        chosen = set(_take_labels_in_turn(ranked, pool.run.labels.get(pool.covered, {}))[:size])
        return [
            LedgerEntry(
                row,
                self.text,
                values.get(row),
                threshold=float(size),
                verdict=KEPT if row in chosen else DROPPED,
            )
            for row in sorted(pool.kept)
        ]

    def size_of(self, rows: int) -> int:
        """Returns the number of rows that the budget keeps of a number of rows."""
        return round(rows * self.amount / 100) if self.is_share else int(self.amount)


def labels_of_row(labels: Labels, row: int) -> list[str]:
    """Returns the different labels of all turns of a row, sorted."""
    return sorted({label for turn in labels.get(row, ()) for label in turn})


def _take_labels_in_turn(ranked: Sequence[int], labels: Labels) -> list[int]:
    """Orders rows: the first of every label, then the second of every label, so that rare labels are not lost."""
    rounds_of_label: Counter[str] = Counter()
    rounds: defaultdict[int, list[int]] = defaultdict(list)
    for row in ranked:
        rarest = min(labels_of_row(labels, row) or [""], key=lambda label: (rounds_of_label[label], label))
        rounds[rounds_of_label[rarest]].append(row)
        rounds_of_label[rarest] += 1
    return [row for number in sorted(rounds) for row in rounds[number]]
