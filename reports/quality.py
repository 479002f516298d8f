"""The quality report of one run, and several runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reports.blocks import Block, Explorer
from reports.budget import fit_explorer
from reports.page import BUDGET, Chapter, Page, render_page, write_page
from reports.sections import (
    alerts,
    by_group,
    construction,
    duplicates,
    exams,
    explorer,
    images,
    judge,
    kept,
    labels,
    maps,
    metrics,
    people,
    principles,
    provenance,
    tasks,
    texts,
    together,
    verdict,
)
from vlitqa.algorithms.counted import counted
from vlitqa.contracts import Section
from vlitqa.runs.finished import FinishedRun

REPORT = "report.html"
_LESS, _LEAST = 0.75, 0.1
"""The share of the budget that a page is made with again where it came out too large, and the least share tried."""
SECTIONS: Mapping[str, Section[FinishedRun, Block]] = {
    "principles": principles,
    "verdict": verdict,
    "alerts": alerts,
    "source": by_group,
    "metrics": metrics,
    "samples": explorer,
    "duplicates": duplicates,
    "texts": texts,
    "images": images,
    "tasks": tasks,
    "variety": maps,
    "judge": judge,
    "people": people,
    "together": together,
    "exams": exams,
    "kept": kept,
    "construction": construction,
    "labels": labels,
    "provenance": provenance,
}
"""In the order of the page, by their names in links."""


def write_report(run: FinishedRun, target: Path | None = None, budget: int = BUDGET) -> Path:
    """Draws the report of a finished run: into its folder, unless told otherwise."""
    return write_page(target or run.folder / REPORT, _within_budget(run, budget))


def quality_page(run: FinishedRun, budget: int = BUDGET) -> Page:
    """The page of one run, all its sections in order; one that gives no block is left out."""
    card = run.card
    chapters = []
    for name, section in SECTIONS.items():
        blocks = section.build(run)
        fitting = (fit_explorer(block, budget) if isinstance(block, Explorer) else block for block in blocks)
        chapters.append(Chapter(name, section.title, tuple(fitting)))
    facts = (
        counted(card.rows, "row"),
        counted(card.records, "record"),
        card.format,
        card.sha256[:12],
        run.info.started[:10],
        f"seed {card.seed}",
    )
    return Page(run.name, tuple(filter(None, facts)), tuple(chapter for chapter in chapters if chapter.blocks))


def _within_budget(run: FinishedRun, budget: int) -> bytes:
    """The page of a run, with fewer rows and pictures until it fits the budget, or until few are left."""
    allowance = budget
    while len(page := render_page(quality_page(run, allowance), allowance)) > budget and allowance > budget * _LEAST:
        allowance = int(allowance * _LESS)
    return page
