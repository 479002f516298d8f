"""What a user can type after `vlitqa score`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vlitqa.cli.screen import tell
from vlitqa.results.findings import worst_first

if TYPE_CHECKING:
    from vlitqa.results import Finding, Summary
    from vlitqa.scoring.score import ScoredDataset


def tell_next_steps(runs: Sequence[ScoredDataset]) -> None:
    """Says how to see several runs side by side, all figures, and how to drop the rows with the worst fault of each.

    A fault that all rows have is passed over: nothing would be left. So is one in doubt, because the figures that
    it stands on say nothing.
    """
    folders = [str(run.folder) for run in runs]
    if len(runs) > 1:
        tell(f"Side by side on one page: {shlex.join(('vlitqa', 'report', *folders))}")
    tell(f"All figures: {shlex.join(('vlitqa', 'report', *folders, '--details'))}")
    for run, folder in zip(runs, folders, strict=True):
        findings = worst_first(finding for scored in run.card.scored for finding in _trusted(scored.summary))
        code = next((finding.code for finding in findings if finding.rows < run.card.records), "")
        if code:
            tell(f"Rows without {code}: {shlex.join(('vlitqa', 'select', folder, '--rule', f'drop:{code}'))}")


def _trusted(summary: Summary) -> list[Finding]:
    """The findings of a metric without those whose detail is the doubt in its figures."""
    doubts = {figure.doubt for figure in summary.figures if figure.doubt}
    return [finding for finding in summary.findings if finding.detail not in doubts]
