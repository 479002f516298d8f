"""Which tasks the instructions ask for, and how evenly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reports.blocks import Block, Prose
from reports.cells import grid_of
from reports.chart_blocks import Bars
from reports.scored import scored_by
from vlitqa.algorithms.counted import counted
from vlitqa.contracts import Principle
from vlitqa.results import Scored
from vlitqa.runs.finished import FinishedRun

title = "Tasks and balance"
_MOST = 30
_AS_BARS = ("label", "instructions")
"""The columns of a table that the bars show already."""


def build(run: FinishedRun) -> Sequence[Block]:
    """The most frequent task labels."""
    scored, balance = scored_by(run, Principle.TASK_DIVERSITY), scored_by(run, Principle.BALANCE)
    if scored is None:
        return []
    turns = [labels for of_row in run.labels.get(scored.metric, {}).values() for labels in of_row]
    counts = Counter(label for labels in turns for label in labels)
    if not counts:
        return [Prose("No instruction has a task label.")]
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    rest = sum(count for _, count in ranked[_MOST:])
    items = [(label, float(count)) for label, count in ranked[:_MOST]]
    if rest:
        items.append((f"{len(ranked) - _MOST:,} others", float(rest)))
    summaries = [part.summary for part in (scored, balance) if part]
    tables = [table for summary in summaries for table in summary.tables if table.columns != _AS_BARS]
    bars = Bars("instructions with each task label", tuple(items), "instructions")
    return [
        Prose(
            f"{counted(len(counts), 'label')} on {sum(map(bool, turns)):,} of {counted(len(turns), 'instruction')}. An "
            "instruction counts in the bar of each of its labels. The labels are words of the tagger"
            f"{_tagger(scored)}, from the wording of the instructions alone."
        ),
        bars,
        *(grid_of(table, table.title) for table in tables),
    ]


def _tagger(scored: Scored) -> str:
    """The tagger of a run in brackets; empty where the run kept no name."""
    name = str(scored.provenance.get("tools", {}).get("tagger", "")).partition(" ")[0]
    return f" ({name})" if name else ""
