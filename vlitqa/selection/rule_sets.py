"""Sets of rules that have a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vlitqa.errors import UsageError
from vlitqa.runs.finished import FinishedRun
from vlitqa.selection.notation import metric_of_rule

RULE_SETS: Mapping[str, Mapping[str, str]] = {
    "paper": {
        "matching>=q10": "1, correctness: picture and text are held against each other by CLIP",
        "accuracy>=0.5": "1, correctness: the verdict that most votes of the judge give",
        "difficulty>=q10": "5, instruction complexity: the score that a language model gives, from 1 to 10",
        "elements>=q10": "6, object complexity: the number of objects of the instruction",
        "drop:near_duplicate_text": "3 and 4, diversity of instructions and responses: ours, the review gives none",
        "tasks<=even": "2 and 7, task diversity and balance: rows are drawn uniformly from the labels of tasks",
    },
}
"""By name and rule: the principle of the review that it stands for. No threshold and no share is the review's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRules:
    """The rules of a set that a run has values for, and those that it has none for."""

    measured: tuple[str, ...]
    unmeasured: tuple[str, ...]


def rules_of_set(name: str, run: FinishedRun) -> MeasuredRules:
    """The rules of a set, as far as a run can judge by them; raises UsageError for a name that is none."""
    if name not in RULE_SETS:
        raise UsageError(f"--rules {name!r}: there is only {', '.join(RULE_SETS)}.", repair="Write your own: --rule.")
    has_values = {rule: run.has_values(metric_of_rule(rule)) for rule in RULE_SETS[name]}
    return MeasuredRules(
        measured=tuple(rule for rule, is_measured in has_values.items() if is_measured),
        unmeasured=tuple(rule for rule, is_measured in has_values.items() if not is_measured),
    )
