"""The rules of a selection that judge rows by what is known of each: one class that knows its stage and gives verdicts.

A new rule is a class here, and a line in `notation` that says how it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Protocol

import numpy as np

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.catalogue import metric_that_finds, voting_metrics
from vlitqa.runs.finished import FinishedRun
from vlitqa.selection.ledger import DROPPED, KEPT, UNMEASURED, LedgerEntry


class Stage(IntEnum):
    """The order in which rules are applied, whatever order they are written in."""

    ROW = 0
    """Judges each row by itself."""
    COPY = 1
    """Judges which rows of those that are left repeat each other."""
    LABEL = 2
    """Judges all rows that are left together, by their labels."""
    BUDGET = 3
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
    drop_unmeasured: bool = False
    """True where rows that a rule cannot judge are dropped."""

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
class DropCopies:
    """Drops rows that repeat a row which is left; the first of those that are alike stays."""

    text: str
    code: str
    stage: ClassVar[Stage] = Stage.COPY

    def judge(self, pool: Pool) -> list[LedgerEntry]:
        """Judges every row that is left; raises UsageError if the run did not look for copies."""
        pool.run.require(metric_that_finds(self.code))
        first_of = pool.run.copies(self.code)
        entries, groups = [], set[int]()
        for row in sorted(pool.kept):
            group = first_of.get(row, row)
            is_copy = group in groups
            groups.add(group)
            verdict = DROPPED if is_copy else KEPT
            entries.append(LedgerEntry(row, self.text, float(is_copy), threshold=0.0, verdict=verdict))
        return entries
