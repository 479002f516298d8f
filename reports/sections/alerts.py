"""What is wrong with some rows, the worst first, each with the line that removes it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Alert, Alerts, Block, Prose
from reports.commands import selecting
from vlitqa.results import Finding
from vlitqa.results.findings import ERROR, NOTE, WARNING
from vlitqa.runs.finished import FinishedRun

title = "Alerts"
_WEIGHT = {ERROR: 100, WARNING: 10, NOTE: 1}
"""So many rows of a note weigh as much as one of an error."""


def build(run: FinishedRun) -> Sequence[Block]:
    """Every finding of the run, the heaviest first."""
    found = [_alert(run, each) for each in run.card.findings()]
    if not found:
        return [Prose("No row has an error or a warning.")]
    return [Alerts(tuple(sorted(found, key=lambda each: (-_WEIGHT[each.level] * each.rows, each.code))))]


def _alert(run: FinishedRun, finding: Finding) -> Alert:
    asked = run.card.rows_searched(finding)
    rejected = finding in run.card.rejected
    return Alert(
        finding.severity,
        finding.code,
        finding.rows,
        finding.rows / asked if asked else None,
        f"{finding.meaning[:1].upper()}{finding.meaning[1:]}. {finding.repair}",
        finding.detail or ", ".join(finding.examples[:5]),
        "" if rejected else selecting(run, f"drop:{finding.code}"),
        "" if rejected else finding.code,
    )
