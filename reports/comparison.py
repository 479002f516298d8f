"""The page of a comparison: does a dataset that scores better make a better model?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reports.blocks import Block
from reports.comparison_sections import (
    agreement,
    finding,
    gaps,
    learning,
    methods,
    order,
    pair,
    pairs,
    scores,
    stability,
    treatments,
)
from reports.comparison_view import ComparisonView
from reports.page import Chapter, Page, render_page, write_page
from vlitqa.algorithms.counted import counted
from vlitqa.contracts import Section
from vlitqa.results.comparison import Comparison, ComparisonStatistics

COMPARISON_SECTIONS: Mapping[str, Section[ComparisonView, Block]] = {
    "finding": finding,
    "map": pairs,
    "pair": pair,
    "stability": stability,
    "agreement": agreement,
    "order": order,
    "datasets": scores,
    "treatments": treatments,
    "learning": learning,
    "gaps": gaps,
    "methods": methods,
}
"""In the order of the page, by their names in links."""


def write_comparison_page(comparison: Comparison, statistics: ComparisonStatistics, target: Path) -> Path:
    """Draws the page of a comparison; the same bytes for the same two values."""
    return write_page(target, render_page(comparison_page(comparison, statistics)))


def comparison_page(comparison: Comparison, statistics: ComparisonStatistics) -> Page:
    """All chapters in order; one that gives no block is left out."""
    view = ComparisonView(comparison, statistics)
    chapters = [
        Chapter(name, section.title, tuple(section.build(view))) for name, section in COMPARISON_SECTIONS.items()
    ]
    facts = (
        counted(len(comparison.datasets), "dataset"),
        counted(len(comparison.models), "model"),
        counted(len(comparison.seeds), "seed"),
        counted(len(view.metrics), "metric"),
    )
    shown = tuple(chapter for chapter in chapters if chapter.blocks)
    return Page(comparison.title, facts, shown, source="the figures of a comparison")
