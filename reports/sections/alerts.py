"""The faults of rows, the worst first, each with the command that removes it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Alert, Alerts, Block, Prose
from reports.commands import selecting
from vlitqa.results import Finding
from vlitqa.results.faults import ERROR, NOTE, WARNING
from vlitqa.runs.finished import FinishedRun

title = "Alerts"
_WEIGHT = {ERROR: 100, WARNING: 10, NOTE: 1}
"""The weight of one row: an error weighs as much as so many notes."""


def build(run: FinishedRun) -> Sequence[Block]:
    """Every finding of the run, the heaviest first."""
    alerts = [_alert(run, finding) for finding in run.card.findings()]
    if not alerts:
        return [Prose("No row has an error or a warning.")]
    return [Alerts(tuple(sorted(alerts, key=lambda alert: (-_WEIGHT[alert.level] * alert.rows, alert.code))))]


def _alert(run: FinishedRun, finding: Finding) -> Alert:
    searched = run.card.rows_searched(finding)
    rejected = finding in run.card.rejected
    is_everywhere = finding.rows >= searched
    return Alert(
        finding.severity,
        finding.code,
        finding.rows,
        finding.rows / searched if searched else None,
        f"{finding.meaning[:1].upper()}{finding.meaning[1:]}. {finding.repair}",
        finding.detail or ", ".join(finding.examples[:5]),
        "" if rejected or is_everywhere else selecting(run, f"drop:{finding.code}"),
        "" if rejected else finding.code,
    )
