"""How the rules of a selection are written.

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

from vlitqa.catalogue import suggestion
from vlitqa.errors import UsageError
from vlitqa.results.findings import FAULTS
from vlitqa.selection.rules import EVEN, AtMost, Budget, Cover, DropRule, Rule, Threshold

_COMPARISON = re.compile(r"([a-z_]+)\s*(>=|<=|>|<)\s*(q?)(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|even)")
_BUDGET = re.compile(r"budget:(\d+(?:\.\d+)?)(%?)(?::([a-z_]+))?")
LABELLED = ("tasks", "instructions", "responses")
"""Metrics that label turns; `<=` counts rows of a label."""
FORMS = "Such as lexical>=1.2, difficulty>=q25, drop:image_missing, tasks<=even, responses<=5, budget:20%."


def parse_rule(text: str) -> Rule:
    """The rule that is written so; raises UsageError for what is none."""
    plain = text.strip()
    if plain.startswith("drop:") and plain[5:].isidentifier():
        if plain[5:] not in FAULTS:
            raise UsageError(f"{text!r}: there is no such finding.", repair=suggestion(plain[5:], FAULTS))
        return DropRule(plain, plain[5:])
    if plain.startswith("cover:"):
        if plain[6:] not in LABELLED:
            raise UsageError(f"{text!r}: labels are given by {', '.join(LABELLED)}.", repair=FORMS)
        return Cover(plain, plain[6:])
    if budget := _BUDGET.fullmatch(plain):
        amount, percent, by = budget.groups()
        return _checked_budget(Budget(text=plain, amount=float(amount), is_share=bool(percent), by=by or ""))
    if comparison := _COMPARISON.fullmatch(plain):
        return _parse_comparison(plain, *comparison.groups())
    raise UsageError(f"{text!r} is no rule.", repair=FORMS)


def metric_of(text: str) -> str:
    """The metric that a comparison asks for."""
    comparison = _COMPARISON.fullmatch(text.strip())
    return comparison[1] if comparison else ""


def _parse_comparison(text: str, metric: str, sign: str, quantile: str, number: str) -> Rule:
    if metric in LABELLED and sign == "<=" and not quantile:
        most = EVEN if number == "even" else float(number)
        if most != int(most) or (most < 1 and number != "even"):
            raise UsageError(f"{text!r}: a number of rows must be whole and at least 1.", repair=FORMS)
        return AtMost(text, metric, int(most))
    if number == "even":
        raise UsageError(f"{text!r}: only {', '.join(LABELLED)} can be made even, with <=.", repair=FORMS)
    if quantile and not 0 <= float(number) <= 100:
        raise UsageError(f"{text!r}: a quantile lies between q0 and q100.", repair=FORMS)
    return Threshold(text=text, metric=metric, sign=sign, bound=float(number), is_quantile=bool(quantile))


def _checked_budget(budget: Budget) -> Budget:
    if budget.is_share and not 0 < budget.amount <= 100:
        raise UsageError(f"{budget.text!r}: a share lies above 0 and up to 100 %.", repair=FORMS)
    if not budget.is_share and (budget.amount != int(budget.amount) or budget.amount < 1):
        raise UsageError(f"{budget.text!r}: a number of rows must be whole and at least 1.", repair=FORMS)
    return budget
