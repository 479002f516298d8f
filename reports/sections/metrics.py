"""Every figure of every metric, and the distribution of its values over the rows."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import numpy as np

from reports.blocks import Block, Cell, Fold, Grid, Help
from reports.cells import grid_of, value_cell
from reports.chart_blocks import Bins
from reports.comparability import why_unlike_published
from reports.numbers import ARROWS
from reports.references import reference
from reports.units import interval_of, not_of_paper
from vlitqa.algorithms.arrays import Floats
from vlitqa.catalogue import METRICS, card_of, load_metric, metric_with
from vlitqa.contracts import FigureName, Principle
from vlitqa.results import Figure, Scored
from vlitqa.results.evidence import DuplicatesEvidence
from vlitqa.runs.finished import FinishedRun

title = "Metrics"
_BINS = 24
_SAME = 1e-9
"""Values that differ by less are the same, but for rounding."""
_ELSEWHERE = (Principle.TASK_DIVERSITY, Principle.BALANCE)
"""Principles whose tables have a section of their own."""


def build(run: FinishedRun) -> Sequence[Block]:
    """Every figure of every metric."""
    rows: list[tuple[Cell, ...]] = []
    for scored in run.card.scored:
        spread = bins_of(run.values(scored.metric))
        for place, figure in enumerate(scored.summary.figures):
            rows.append(_row(run, scored, figure, None if place else spread))
    columns = (
        "metric",
        "figure",
        "variant",
        "value",
        "95 % interval",
        "measured",
        "left out",
        "rows",
        "reference",
    )
    note = (
        "↑ more is better, ↓ less is better. original: as in the paper; sound: repaired where the paper's number "
        "misleads. Where a tool is not the paper's, published numbers do not compare. The small chart shows the values "
        "of single rows. reference: the same figure, by the same tools, of a published dataset; or why the figure "
        "cannot be compared with those of other datasets."
    )
    tables = [
        Fold(f"{scored.metric}: {table.title}", (grid_of(table, ""),))
        for scored in run.card.scored
        if not _has_own_section(scored.metric)
        for table in scored.summary.tables
    ]
    return [Grid("", columns, tuple(rows), note), *tables]


def _has_own_section(metric: str) -> bool:
    """True if the tables of a metric are shown in another section."""
    card = card_of(metric)
    return (card is not None and card.principle in _ELSEWHERE) or metric == metric_with(DuplicatesEvidence, [metric])


def bins_of(values: Floats) -> Bins | None:
    """The histogram of the values, one bin where all are the same; None where there are none.

    The bins of whole numbers lie around as many numbers, so that none is empty because no number falls into it.
    """
    measured = values[~np.isnan(values)]
    if not len(measured):
        return None
    low, high = float(measured.min()), float(measured.max())
    if high - low <= _SAME * max(1.0, abs(low)):
        return Bins((low, low), (len(measured),))
    if (measured == np.round(measured)).all():
        width = int(high - low) // _BINS + 1
        edges = low - 0.5 + width * np.arange(int(high - low) // width + 2)
        counts, _ = np.histogram(measured, edges)
        return Bins(tuple(edges.tolist()), tuple(counts.tolist()), of_whole_numbers=True)
    counts, edges = np.histogram(measured, _BINS, (low, high))
    return Bins(tuple(edges.tolist()), tuple(counts.tolist()))


def _row(run: FinishedRun, scored: Scored, figure: Figure, spread: Bins | None) -> tuple[Cell, ...]:
    is_first = figure is scored.summary.figures[0]
    left_out = ", ".join(f"{count:,} {why}" for why, count in figure.left_out.items())
    return (
        Help(scored.metric, _help(scored.metric)) if is_first else scored.metric,
        f"{figure.name} {ARROWS[figure.direction]}".strip(),
        figure.variant,
        value_cell(scored.metric, figure, not_of_paper(scored, figure)),
        interval_of(scored.metric, figure),
        figure.measured,
        left_out,
        spread or "",
        _reference_cell(run, scored, figure),
    )


def _reference_cell(run: FinishedRun, scored: Scored, figure: Figure) -> str:
    """The same figure of published datasets, or the reason why no other dataset compares with it."""
    reason = why_unlike_published(scored.metric, FigureName(figure.name, figure.variant))
    return f"not comparable: {reason}" if reason else reference(run.card, scored, figure)


def _help(metric: str) -> tuple[str, ...]:
    """The paragraphs of a metric's docstring."""
    docstring = inspect.getdoc(type(load_metric(metric))) if metric in METRICS else ""
    return tuple(" ".join(part.split()) for part in _parts(docstring or ""))


def _parts(docstring: str) -> list[str]:
    """The lines of a docstring, each joined with the lines that continue it."""
    parts: list[str] = []
    for line in docstring.splitlines():
        head = line.split(":", 1)[0]
        if not parts or not line.strip() or (":" in line and head.isalpha()):
            parts.append(line)
        else:
            parts[-1] += " " + line
    return [part for part in parts if part.strip()]
