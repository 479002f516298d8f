"""Sets of rules that have a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vlitqa.errors import UsageError
from vlitqa.runs.finished import FinishedRun
from vlitqa.selection.notation import compared_metric

RULE_SETS: Mapping[str, tuple[str, ...]] = {
    "paper": ("matching>=q25", "accuracy>=0.5", "difficulty>=q25", "responses<=50", "tasks<=even"),
}
"""paper: the review's quality control, section 4.2.3: rules on rows, then on all rows; the thresholds are ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRules:
    """The rules of a set that a run has values for, and those that it has none for."""

    measured: tuple[str, ...]
    unmeasured: tuple[str, ...]


def rules_of_set(name: str, run: FinishedRun) -> MeasuredRules:
    """The rules of a set, as far as a run can judge by them; raises UsageError for a name that is none."""
    if name not in RULE_SETS:
        raise UsageError(f"--rules {name!r}: there is only {', '.join(RULE_SETS)}.", repair="Write your own: --rule.")
    has_values = {rule: run.has_values(compared_metric(rule)) for rule in RULE_SETS[name]}
    return MeasuredRules(
        measured=tuple(rule for rule, is_measured in has_values.items() if is_measured),
        unmeasured=tuple(rule for rule, is_measured in has_values.items() if not is_measured),
    )
