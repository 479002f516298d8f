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
from vlitqa.results import Labels
from vlitqa.results.findings import FOUND_BY
from vlitqa.runs.finished import FinishedRun

KEPT, DROPPED, UNMEASURED = "kept", "dropped", "not measured"
EVEN = -1
"""Stands for as many rows of a label as the median label has."""
_JUDGES = "accuracy"
"""The metric whose findings hang on a judge, who does not see every row."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The verdict of one rule on one row."""

    row: int
    rule: str
    value: float | None
    threshold: float | None
    verdict: str


class Stage(IntEnum):
    """The order in which rules are applied, whatever the order they were given in."""

    ROW = 0
    """Judges each row by itself."""
    LABEL = 1
    """Looks at all rows that are left, by their labels."""
    BUDGET = 2
    """Takes the best of all rows that are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The rows that a rule judges, with the run that measured them."""

    run: FinishedRun
    kept: AbstractSet[int]
    """The rows that earlier rules left."""
    seed: int = 0
    covered: str = "tasks"
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
        """When it is applied."""
        ...

    def judge(self, pool: Pool) -> list[Entry]:
        """A verdict on each row of the run, or on each that is left, in the order of the rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Keeps rows whose value compares well with a bound, or with a quantile of all values that were measured."""

    text: str
    metric: str
    sign: str
    bound: float
    is_quantile: bool
    stage: ClassVar[Stage] = Stage.ROW

    def judge(self, pool: Pool) -> list[Entry]:
        """A verdict on every row by its own value."""
        pool.run.require(self.metric)
        values = pool.run.value_of_row(self.metric)
        bound = self.bound_among([value for value in values.values() if value is not None])
        return [Entry(row, self.text, value, bound, self._verdict(value, bound)) for row, value in values.items()]

    def bound_among(self, values: Sequence[float]) -> float | None:
        """The bound among these values; None for a quantile of nothing."""
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

    def judge(self, pool: Pool) -> list[Entry]:
        """A verdict on every row; a row that no judge saw is not measured, raises UsageError where none saw any."""
        faulty, unseen = pool.run.rows_with(self.code), self._unseen(pool.run)
        return [
            Entry(row, self.text, None, 0.0, UNMEASURED)
            if row in unseen
            else Entry(row, self.text, float(row in faulty), 0.0, DROPPED if row in faulty else KEPT)
            for row in pool.run.rows
        ]

    def _unseen(self, run: FinishedRun) -> set[int]:
        if self.code not in FOUND_BY[_JUDGES]:
            return set()
        run.require(_JUDGES)
        return {row for row, value in run.value_of_row(_JUDGES).items() if value is None}


@dataclass(frozen=True, slots=True)
class AtMost:
    """Keeps at most so many turns of each label: rows in a random order stay while one of their labels has room."""

    text: str
    metric: str
    most: int
    stage: ClassVar[Stage] = Stage.LABEL

    def judge(self, pool: Pool) -> list[Entry]:
        """A verdict on every row that is left; its value is how full the emptiest of its labels was when it came."""
        labels = pool.run.labels.get(self.metric, {})
        most = self.most_among(Counter(label for row in pool.kept for label in labels_of(labels, row)))
        used: Counter[str] = Counter()
        entries = []
        for row in sorted(pool.kept, key=pool.shuffle_key):
            row_labels = labels_of(labels, row)
            if not row_labels:
                entries.append(Entry(row, self.text, None, float(most), UNMEASURED))
                continue
            rows_before = min(used[label] for label in row_labels)
            used.update(row_labels if rows_before < most else ())
            verdict = KEPT if rows_before < most else DROPPED
            entries.append(Entry(row, self.text, float(rows_before), float(most), verdict))
        return sorted(entries, key=lambda entry: entry.row)

    def most_among(self, counts: Mapping[str, int]) -> int:
        """How many turns of a label may stay, given how many there are of each."""
        if self.most != EVEN:
            return self.most
        return max(1, int(np.median(list(counts.values())))) if counts else 1


@dataclass(frozen=True, slots=True)
class Cover:
    """Names the metric whose labels a budget takes in turn; judges no row itself."""

    text: str
    metric: str
    stage: ClassVar[Stage] = Stage.ROW

    def judge(self, pool: Pool) -> list[Entry]:
        """No verdicts; raises UsageError where the run did not measure the metric."""
        pool.run.require(self.metric)
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Keeps so many rows, or such a share of all: the best by a metric, or drawn, label by label in turn."""

    text: str
    amount: float
    is_share: bool
    by: str = ""
    stage: ClassVar[Stage] = Stage.BUDGET

    def judge(self, pool: Pool) -> list[Entry]:
        """A verdict on every row that is left; rows that were not measured come last."""
        if self.by:
            pool.run.require(self.by)
        values = pool.run.value_of_row(self.by) if self.by else {}
        size = self.size_of(len(pool.run.rows))

        def rank(row: int) -> tuple[float, bytes]:
            value = values.get(row)
            worth = 0.0 if not self.by else float("inf") if value is None else -value
            return worth, pool.shuffle_key(row)

        ranked = sorted(pool.kept, key=rank)
        chosen = set(_in_turn(ranked, pool.run.labels.get(pool.covered, {}))[:size])
        return [
            Entry(row, self.text, values.get(row), float(size), KEPT if row in chosen else DROPPED)
            for row in sorted(pool.kept)
        ]

    def size_of(self, rows: int) -> int:
        """How many rows of so many the budget keeps."""
        return round(rows * self.amount / 100) if self.is_share else int(self.amount)


def labels_of(labels: Labels, row: int) -> list[str]:
    """The different labels of all turns of a row."""
    return sorted({label for turn in labels.get(row, ()) for label in turn})


def _in_turn(ranked: Sequence[int], labels: Labels) -> list[int]:
    """The first of every label, then the second of every label, and so on: rare tasks are not crowded out."""
    taken: Counter[str] = Counter()
    rounds: defaultdict[int, list[int]] = defaultdict(list)
    for row in ranked:
        rarest = min(labels_of(labels, row) or [""], key=lambda label: (taken[label], label))
        rounds[taken[rarest]].append(row)
        taken[rarest] += 1
    return [row for number in sorted(rounds) for row in rounds[number]]
