"""Which tasks the instructions ask for, and how evenly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reports.blocks import Block, Grid, Prose
from reports.chart_blocks import Bars
from reports.numbers import number
from vlitqa.runs.finished import FinishedRun

title = "Tasks and balance"
_MOST = 30
_AS_BARS = ("label", "instructions")
"""The columns of a table that the bars show already."""


def build(run: FinishedRun) -> Sequence[Block]:
    """The most frequent task labels."""
    scored = run.scored("tasks")
    if scored is None:
        return []
    counts = Counter(label for turns in run.labels.get("tasks", {}).values() for turn in turns for label in turn)
    if not counts:
        return [Prose("No instruction has a task label.")]
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    rest = sum(count for _, count in ranked[_MOST:])
    items = [(label, float(count)) for label, count in ranked[:_MOST]]
    if rest:
        items.append((f"{len(ranked) - _MOST:,} others", float(rest)))
    balance = run.figure("balance", "evenness of order 1", "sound")
    told = f"{len(counts):,} labels." + (
        f" Evenness of order 1: {number(balance.value)} of 1." if balance and balance.value is not None else ""
    )
    asked = (found for name in ("tasks", "balance") if (found := run.scored(name)))
    tables = [table for found in asked for table in found.summary.tables if table.columns != _AS_BARS]
    bars = Bars("instructions with each task label", tuple(items), "instructions")
    return [Prose(told), bars, *(Grid(table.title, table.columns, table.rows) for table in tables)]
