"""Rows that repeat each other, the copies beside their originals."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Block, CopyGroups, Prose
from reports.cells import grid_of
from reports.chart_blocks import Bars
from reports.scored import scored_with
from vlitqa.results import Scored
from vlitqa.results.evidence import DuplicatesEvidence
from vlitqa.results.findings import copy_groups
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.remarkable import COPY_GROUPS, ROWS_PER_GROUP

title = "Duplicates and leakage"


def build(run: FinishedRun) -> Sequence[Block]:
    """The kinds of repetition, and the largest groups of copies."""
    scored = scored_with(run, DuplicatesEvidence)
    if scored is None:
        return []
    findings = scored.summary.findings
    blocks: list[Block] = [Prose("No exact or near duplicates were found.")]
    if findings:
        items = tuple((finding.meaning, float(finding.rows)) for finding in findings)
        bars = Bars("rows that repeat another", items, "rows")
        blocks = [bars, *_groups(run, scored)]
    blocks += [grid_of(table, table.title) for table in scored.summary.tables]
    leak = "To check for leakage of a benchmark: `vlitqa report RUN BENCHMARK-RUN` counts the texts and images in both."
    return [*blocks, Prose(leak)]


def _groups(run: FinishedRun, scored: Scored) -> list[Block]:
    """The largest groups, each with its first rows."""
    groups = copy_groups(run.faulty.get(scored.metric, ()))
    meanings = {finding.code: finding.meaning for finding in scored.summary.findings}
    shown = []
    for group in groups[:COPY_GROUPS]:
        rows = (group.first, *group.copies)
        heading = f"{meanings.get(group.code, group.code)}: row {group.first + 1} and {len(group.copies):,} more"
        shown.append((heading, rows[:ROWS_PER_GROUP]))
    name = (
        "groups of copies"
        if len(groups) <= COPY_GROUPS
        else f"the {COPY_GROUPS} largest of {len(groups):,} groups of copies"
    )
    return [CopyGroups(name, tuple(shown))] if shown else []
