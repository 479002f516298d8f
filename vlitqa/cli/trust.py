"""The summary of a validation: which figures notice the corruptions that are aimed at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vlitqa.cli.screen import console, grid, show_text

if TYPE_CHECKING:
    from vlitqa.validation.dose_response import DoseCurve
    from vlitqa.validation.validate import Validation

_FOLLOWS = "follows"
_LEGEND = """\
yes: the figure follows the dose of every corruption that is aimed at it; partly: of some; no: of none. Figures that no
corruption is aimed at, or that have no value, are left out. --details shows every curve."""


def show_trust(validation: Validation) -> None:
    """Prints one row for each figure that a corruption is aimed at: can it be trusted on these data, and where not."""
    aimed: defaultdict[tuple[str, str], list[tuple[str, DoseCurve]]] = defaultdict(list)
    for trial in validation.trials:
        for curve in trial.curves:
            if curve.aimed and any(value is not None for value in curve.values):
                aimed[curve.metric, f"{curve.figure} ({curve.variant})"].append((trial.corruption, curve))
    rows = [[metric, figure, *_trust(curves)] for (metric, figure), curves in aimed.items()]
    columns = ("metric", "figure", "trust", "follows", "but")
    console().print(grid(columns, rows, numbers=(3,)))
    show_text(_LEGEND)


def _trust(curves: Sequence[tuple[str, DoseCurve]]) -> list[str]:
    """The verdict on a figure, the number of corruptions that it follows, and its verdicts on the others."""
    others = [(corruption, curve.answer.verdict) for corruption, curve in curves if curve.answer.verdict != _FOLLOWS]
    followed = len(curves) - len(others)
    trust = "no" if not followed else "partly" if others else "yes"
    return [trust, f"{followed} of {len(curves)}", ", ".join(f"{verdict} under {name}" for name, verdict in others)]
