"""The summary of a validation: which figures notice the corruptions that are aimed at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vlitqa.cli.screen import console, grid, show_text

if TYPE_CHECKING:
    from vlitqa.validation.dose_response import DoseCurve
    from vlitqa.validation.validate import Validation

_FOLLOWS, _WRONG_WAY = "follows", "wrong way"
_RANKS = ("yes", "partly", "no", _WRONG_WAY)
_LEGEND = """\
yes: the figure follows the dose of every corruption that is aimed at it; partly: of some; no: of none; wrong way: under
one it looks better as the data get worse. Figures that no corruption is aimed at, or that have no value, are left out.
--details shows every curve."""


def show_trust(validation: Validation) -> None:
    """Prints one row for each figure that a corruption is aimed at: can it be trusted on these data, and where not."""
    aimed: defaultdict[tuple[str, str], list[tuple[str, DoseCurve]]] = defaultdict(list)
    for trial in validation.trials:
        for curve in trial.curves:
            if curve.aimed and _has_value(curve):
                aimed[curve.metric, f"{curve.figure} ({curve.variant})"].append((trial.corruption, curve))
    rows = [[metric, figure, *_trust(curves)] for (metric, figure), curves in aimed.items()]
    rows.sort(key=lambda row: _RANKS.index(row[2]))
    columns = ("metric", "figure", "trust", "follows", "but")
    console().print(grid(columns, rows, numbers=(3,)))
    show_text(_LEGEND)


def reasons_without_trust(validation: Validation, metrics: Sequence[str]) -> dict[str, str]:
    """Returns why a metric has no figure in the summary, by the name of the metric."""
    reasons = {metric: _reason_without_trust(validation, metric) for metric in metrics}
    return {metric: reason for metric, reason in reasons.items() if reason}


def _reason_without_trust(validation: Validation, metric: str) -> str:
    """Why no corruption can show whether a metric notices; empty where one of its figures was compared."""
    from vlitqa.validation.aims import AIMED

    curves = [curve for trial in validation.trials for curve in trial.curves if curve.metric == metric]
    if any(curve.aimed and _has_value(curve) for curve in curves):
        return ""
    if curves and not any(map(_has_value, curves)):
        return curves[0].answer.reason.removeprefix("only 0 doses have a value; ") or "it has no value"
    names = [corruption for corruption, aimed in AIMED.items() if metric in aimed]
    tried = [trial for trial in validation.trials if trial.corruption in names]
    if tried and not any(any(trial.changed) for trial in tried):
        return f"these records have nothing that {', '.join(trial.corruption for trial in tried)} can change"
    if tried:
        return "the figures that the corruptions are aimed at have no value"
    if names:
        return f"no corruption that was chosen is aimed at it; these are: {', '.join(names)}"
    return "no corruption is aimed at it"


def _has_value(curve: DoseCurve) -> bool:
    return any(value is not None for value in curve.values)


def _trust(curves: Sequence[tuple[str, DoseCurve]]) -> list[str]:
    """The verdict on a figure, the number of corruptions that it follows, and its verdicts on the others."""
    others = [(corruption, curve.answer.verdict) for corruption, curve in curves if curve.answer.verdict != _FOLLOWS]
    followed = len(curves) - len(others)
    trust = "no" if not followed else "partly" if others else "yes"
    if any(verdict == _WRONG_WAY for _, verdict in others):
        trust = _WRONG_WAY
    return [trust, f"{followed} of {len(curves)}", ", ".join(f"{verdict} under {name}" for name, verdict in others)]
