"""The rules of a selection, and how they are written.

lexical>=1.2          keep rows whose value is at least that          (also > <= <)
difficulty>=q25       … that of a quarter of all measured rows
accuracy>=0.5         …
drop:image_missing    drop rows with a finding
tasks<=200            at most so many rows of any task label; `tasks<=even` as many as the median task has
responses<=5          at most so many rows of any cluster of responses
cover:instructions    lets the budget take clusters of instructions in turn instead of tasks, so that none is lost
budget:20%            of what is left, so many of all rows: task by task in turn, at random
budget:5000:matching  … the best by a metric
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vlitqa.catalogue import suggestion
from vlitqa.errors import UsageError
from vlitqa.results.findings import FAULTS

_COMPARISON = re.compile(r"([a-z_]+)\s*(>=|<=|>|<)\s*(q?)(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|even)")
_BUDGET = re.compile(r"budget:(\d+(?:\.\d+)?)(%?)(?::([a-z_]+))?")
LABELLED = ("tasks", "instructions", "responses")
"""Metrics that label turns; `<=` counts rows of a label."""
EVEN = -1
FORMS = "Such as lexical>=1.2, difficulty>=q25, drop:image_missing, tasks<=even, responses<=5, budget:20%."


@dataclass(frozen=True, slots=True)
class Threshold:
    """Keeps rows whose value compares well with a bound or a quantile."""

    text: str
    metric: str
    sign: str
    bound: float
    quantile: bool

    def bound_of(self, values: Sequence[float]) -> float | None:
        """The bound among these values; None for a quantile of nothing."""
        if not self.quantile:
            return self.bound
        return float(np.quantile(values, self.bound / 100)) if values else None

    def holds(self, value: float, bound: float | None) -> bool:
        if bound is None:
            return True
        return {">=": value >= bound, "<=": value <= bound, ">": value > bound, "<": value < bound}[self.sign]


@dataclass(frozen=True, slots=True)
class Finding:
    """Drops rows in which something was found."""

    text: str
    code: str


@dataclass(frozen=True, slots=True)
class AtMost:
    """Keeps at most so many rows of each label."""

    text: str
    metric: str
    most: int
    """EVEN stands for as many as the median label has."""

    def most_of(self, counts: Mapping[str, int]) -> int:
        if self.most != EVEN:
            return self.most
        return max(1, int(np.median(list(counts.values())))) if counts else 1


@dataclass(frozen=True, slots=True)
class Budget:
    """Keeps so many rows, or such a share of all."""

    text: str
    amount: float
    share: bool
    by: str = ""

    def size_of(self, rows: int) -> int:
        return round(rows * self.amount / 100) if self.share else int(self.amount)


@dataclass(frozen=True, slots=True)
class Cover:
    """Names the metric whose labels a budget takes in turn."""

    text: str
    metric: str


Rule = Threshold | Finding | AtMost | Cover | Budget


def metric_of(text: str) -> str:
    """The metric that a comparison asks for."""
    comparison = _COMPARISON.fullmatch(text.strip())
    return comparison[1] if comparison else ""


def rule_of(text: str) -> Rule:
    """The rule that is written so; raises UsageError for what is none."""
    plain = text.strip()
    if plain.startswith("drop:") and plain[5:].isidentifier():
        if plain[5:] not in FAULTS:
            raise UsageError(f"{text!r}: there is no such finding.", repair=suggestion(plain[5:], FAULTS))
        return Finding(plain, plain[5:])
    if plain.startswith("cover:"):
        if plain[6:] not in LABELLED:
            raise UsageError(f"{text!r}: labels are given by {', '.join(LABELLED)}.", repair=FORMS)
        return Cover(plain, plain[6:])
    if budget := _BUDGET.fullmatch(plain):
        amount, percent, by = budget.groups()
        return _checked(Budget(plain, float(amount), bool(percent), by or ""))
    if comparison := _COMPARISON.fullmatch(plain):
        return _compared(plain, *comparison.groups())
    raise UsageError(f"{text!r} is no rule.", repair=FORMS)


def _compared(text: str, metric: str, sign: str, quantile: str, number: str) -> Rule:
    if metric in LABELLED and sign == "<=" and not quantile:
        most = EVEN if number == "even" else float(number)
        if most != int(most) or (most < 1 and number != "even"):
            raise UsageError(f"{text!r}: a number of rows must be whole and at least 1.", repair=FORMS)
        return AtMost(text, metric, int(most))
    if number == "even":
        raise UsageError(f"{text!r}: only {', '.join(LABELLED)} can be made even, with <=.", repair=FORMS)
    if quantile and not 0 <= float(number) <= 100:
        raise UsageError(f"{text!r}: a quantile lies between q0 and q100.", repair=FORMS)
    return Threshold(text, metric, sign, float(number), bool(quantile))


def _checked(budget: Budget) -> Budget:
    if budget.share and not 0 < budget.amount <= 100:
        raise UsageError(f"{budget.text!r}: a share lies above 0 and up to 100 %.", repair=FORMS)
    if not budget.share and (budget.amount != int(budget.amount) or budget.amount < 1):
        raise UsageError(f"{budget.text!r}: a number of rows must be whole and at least 1.", repair=FORMS)
    return budget
