"""Figures by the groups of the records, such as their sources: the worst group of each metric first."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Block, Fold, Grid, Prose
from reports.group_tables import EXTREME_COLUMNS, describe_groups, extremes, figures_of_groups, findings_of_groups
from vlitqa.runs.finished import FinishedRun

title = "By source"


def build(run: FinishedRun) -> Sequence[Block]:
    """The worst and the best group of each headline figure, and all figures of all groups; none without groups."""
    scores = run.card.by_group
    if scores is None:
        return []
    blocks: list[Block] = [Prose(f"{describe_groups(scores)}.")]
    if rows := extremes(run.card):
        blocks.append(Grid("the worst and the best group", EXTREME_COLUMNS, rows))
    columns, findings = findings_of_groups(run.card)
    if findings:
        blocks.append(Grid("findings by group", columns, findings))
    for metric, (columns, figures) in figures_of_groups(run.card).items():
        blocks.append(Fold(f"{metric} by group", (Grid("", columns, figures),)))
    return blocks
