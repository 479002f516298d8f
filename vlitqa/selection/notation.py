"""The notation of the rules of a selection.

lexical>=1.2          keep rows whose value is at least 1.2          (also > <= <)
difficulty>=q25       keep rows whose value is at least the 25 % quantile of all measured rows
drop:image_missing    drop rows with a finding
source<=2000          keep at most 2000 rows of each source, where the run was scored `--by` it; `source<=even`
tasks<=200            keep at most 200 turns of each task label; `tasks<=even` as many as the median label has
responses<=5          keep at most 5 turns of each cluster of responses
mix:coco=2,ocr=1      keep rows of these sources in this proportion, as many as the scarcest allows, and no others
uniform:tasks:50%     draw half of the rows that are left, uniformly from the labels of tasks
cover:instructions    let the budget take clusters of instructions in turn instead of tasks, so that none is lost
budget:20%            keep at most 20 % of all rows: at random, task by task in turn
budget:5000:matching  keep at most 5000 rows: the best by a metric, task by task in turn
"""

from __future__ import annotations

import re

from vlitqa.catalogue import faults, labelling_metrics, metric_that_finds, suggestion
from vlitqa.errors import UsageError
from vlitqa.results.faults import COPY_FAULTS
from vlitqa.results.groups import SOURCE_LABEL
from vlitqa.selection.label_rules import EVEN, AtMost, Budget, Cover, Uniform
from vlitqa.selection.mixture import parse_mixture
from vlitqa.selection.rules import DropCopies, DropRule, Rule, Threshold

_COMPARISON = re.compile(r"([A-Za-z_][\w.]*?)\s*(>=|<=|>|<)\s*(q?)(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|even)")
_UNIFORM = re.compile(r"uniform:([a-z_]+):(\d+(?:\.\d+)?)%")
_BUDGET = re.compile(r"budget:(\d+(?:\.\d+)?)(%?)(?::([a-z_]+))?")
FORMS = "Such as lexical>=1.2, difficulty>=q25, drop:image_missing, tasks<=even, responses<=5; or --budget 20%."
_BUDGETS = "Such as 20%, 5000, or 5000:matching for the best by a metric."


def parse_rule(text: str) -> Rule:
    """Parses a rule; raises UsageError for a text that is none."""
    plain = text.strip()
    if plain.startswith("drop:") and plain[5:].isidentifier():
        if plain[5:] not in faults():
            raise UsageError(f"{text!r}: there is no such finding.", repair=suggestion(plain[5:], faults()))
        return DropCopies(plain, plain[5:]) if plain[5:] in COPY_FAULTS else DropRule(plain, plain[5:])
    if plain.startswith("uniform:"):
        return _parse_uniform(plain)
    if plain.startswith("cover:"):
        if plain[6:] not in label_names():
            raise UsageError(f"{text!r}: labels are given by {', '.join(label_names())}.", repair=FORMS)
        return Cover(plain, plain[6:])
    if plain.startswith("mix:"):
        return parse_mixture(plain)
    if plain.startswith("budget:"):
        return _parse_budget(plain, typed=repr(text))
    if comparison := _COMPARISON.fullmatch(plain):
        return _parse_comparison(plain, *comparison.groups())
    raise UsageError(f"{text!r} is no rule.", repair=FORMS)


def label_names() -> tuple[str, ...]:
    """What labels rows: some metrics, and the source by which a dataset was scored."""
    return (*labelling_metrics(), SOURCE_LABEL)


def _parse_uniform(text: str) -> Rule:
    match = _UNIFORM.fullmatch(text)
    if not match or not 0 < float(match[2]) <= 100:
        message = f"{text!r}: a share of the rows that are left is drawn, above 0 and up to 100 %."
        raise UsageError(message, repair="Such as uniform:tasks:50%.")
    if match[1] not in label_names():
        raise UsageError(f"{text!r}: labels are given by {', '.join(label_names())}.", repair=FORMS)
    return Uniform(text, match[1], float(match[2]))


def budget_rule(option: str) -> str:
    """Returns the rule of a `--budget`; raises UsageError, in the words of that option, for one that is none."""
    text = f"budget:{option.strip()}"
    _parse_budget(text, typed=f"--budget {option!r}")
    return text


def metric_of_rule(text: str) -> str:
    """The metric that a rule judges by; empty for a budget and for what it covers."""
    rule = parse_rule(text)
    if isinstance(rule, DropRule | DropCopies):
        return metric_that_finds(rule.code)
    return rule.metric if isinstance(rule, Threshold | AtMost | Uniform) else ""


def _parse_comparison(text: str, metric: str, sign: str, quantile: str, number: str) -> Rule:
    if metric in label_names() and sign == "<=" and not quantile:
        most = EVEN if number == "even" else float(number)
        if most != int(most) or (most < 1 and number != "even"):
            raise UsageError(f"{text!r}: a number of rows must be whole and at least 1.", repair=FORMS)
        return AtMost(text, metric, int(most))
    if number == "even":
        raise UsageError(f"{text!r}: only {', '.join(label_names())} can be made even, with <=.", repair=FORMS)
    if quantile and not 0 <= float(number) <= 100:
        raise UsageError(f"{text!r}: a quantile lies between q0 and q100.", repair=FORMS)
    return Threshold(text=text, metric=metric, sign=sign, bound=float(number), is_quantile=bool(quantile))


def _parse_budget(text: str, *, typed: str) -> Rule:
    """Parses a budget; an error names it as the user typed it."""
    match = _BUDGET.fullmatch(text)
    if not match:
        raise UsageError(f"{typed} is neither a number of rows nor a share.", repair=_BUDGETS)
    amount, percent, metric = match.groups()
    if percent and not 0 < float(amount) <= 100:
        raise UsageError(f"{typed}: a share lies above 0 and up to 100 %.", repair=_BUDGETS)
    if not percent and (float(amount) != int(float(amount)) or float(amount) < 1):
        raise UsageError(f"{typed}: a number of rows must be whole and at least 1.", repair=_BUDGETS)
    return Budget(text=text, amount=float(amount), is_share=bool(percent), best_by=metric or "")
