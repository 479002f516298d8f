"""What the dataset says more than once, with the copies beside what they are copies of."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Block, CopyGroups, Grid, Prose
from reports.chart_blocks import Bars
from vlitqa.metrics.copies import groups_of
from vlitqa.results.findings import FAULTS
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.remarkable import COPY_GROUPS, ROWS_PER_GROUP

title = "Duplicates and leakage"


def build(run: FinishedRun) -> Sequence[Block]:
    """The kinds of repetition, and the largest groups of copies."""
    scored = run.scored("duplicates")
    if scored is None:
        return []
    found = {each.code: each.rows for each in scored.summary.findings}
    blocks: list[Block] = [Prose("No row repeats another, neither exactly nor nearly.")]
    if found:
        bars = Bars(
            "rows that repeat another", tuple((FAULTS[code].meaning, float(rows)) for code, rows in found.items())
        )
        blocks = [bars, *_groups(run)]
    blocks += [Grid(table.title, table.columns, table.rows) for table in scored.summary.tables]
    leak = "Whether exams leak into a dataset is seen side by side: `vlitqa report RUN EXAM-RUN` counts what both hold."
    return [*blocks, Prose(leak)]


def _groups(run: FinishedRun) -> list[Block]:
    """The largest groups, each with its first rows."""
    groups = groups_of(run.labels.get("duplicates", {}))
    shown = []
    for group in groups[:COPY_GROUPS]:
        rows = (group.first, *group.copies)
        told = f"{FAULTS[group.code].meaning}: row {group.first + 1} and {len(group.copies):,} more"
        shown.append((told, rows[:ROWS_PER_GROUP]))
    name = "groups of copies"
    if len(groups) > COPY_GROUPS:
        name = f"the {COPY_GROUPS} largest of {len(groups):,} groups of copies"
    return [CopyGroups(name, tuple(shown))] if shown else []
