"""Rules on findings: `image_missing>1%` fails on more rows than it tolerates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vlitqa.algorithms.counted import counted
from vlitqa.catalogue import faults, metric_that_finds
from vlitqa.contracts import Card
from vlitqa.results import Scorecard
from vlitqa.results.faults import ERROR, FAULTS, READING_FAULTS, WARNING

_SUMS = ("any", "error", "warning")
"""Codes that count the findings of all rows: one row may have several."""
TOTALS = (*_SUMS, "rejects", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRule:
    """A finding, and the number or share of rows up to which it is tolerated."""

    text: str
    """The rule as a user writes it."""
    code: str
    """The code of a finding, or the name of a total such as `any`."""
    limit: float
    is_share: bool
    """True if the limit is a percentage of the rows."""

    def broken_by(self, scorecard: Scorecard) -> str:
        """Says how a scorecard breaks the rule; empty if it keeps it."""
        rows, rows_searched = self._count(scorecard)
        if rows <= (self.limit / 100 * rows_searched if self.is_share else self.limit):
            return ""
        if self.code in _SUMS:
            return f"{counted(rows, 'finding')} in {counted(rows_searched, 'row')}"
        share = f" ({rows / rows_searched:.1%})" if rows_searched else ""
        return f"{rows:,} of {counted(rows_searched, 'row')}{share}"

    def why_never_broken(self, cards: Sequence[Card]) -> str:
        """The reason why no run with these metrics can break the rule; empty if one can."""
        if self.code in {*TOTALS, *READING_FAULTS, *(code for card in cards for code in card.finds)}:
            return ""
        return f"none of the chosen metrics looks for it: choose {metric_that_finds(self.code)} too"

    def _count(self, scorecard: Scorecard) -> tuple[int, int]:
        """The number of rows with the finding, and of all rows that were searched for it."""
        findings = scorecard.findings()
        rows_searched = scorecard.records + scorecard.rejects
        if self.code in TOTALS:
            totals = {
                "any": sum(finding.rows for finding in findings),
                "error": sum(finding.rows for finding in findings if finding.severity == ERROR),
                "warning": sum(finding.rows for finding in findings if finding.severity in (ERROR, WARNING)),
                "rejects": scorecard.rejects,
                "failed": scorecard.failed,
            }
            return totals[self.code], rows_searched
        for finding in findings:
            if finding.code == self.code:
                return finding.rows, scorecard.rows_searched(finding)
        return 0, rows_searched


def can_be_found(code: str) -> bool:
    """True if something can be counted by this code; metrics are loaded only for a code that is none of ours."""
    return code in TOTALS or code in FAULTS or code in faults()
