"""The quality report of one run, and several runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reports.blocks import Block, Explorer
from reports.budget import fitted
from reports.page import BUDGET, Chapter, Page, put_page, written
from reports.sections import (
    alerts,
    duplicates,
    exams,
    explorer,
    images,
    judge,
    kept,
    maps,
    metrics,
    provenance,
    tasks,
    texts,
    together,
    verdict,
)
from vlitqa.contracts import Section
from vlitqa.runs.finished import FinishedRun

REPORT = "report.html"
_LESS, _LEAST = 0.75, 0.1
"""Of what a page is made of, where it came out too large: so much of it in turn, and never less."""
SECTIONS: Mapping[str, Section[FinishedRun, Block]] = {
    "verdict": verdict,
    "alerts": alerts,
    "metrics": metrics,
    "samples": explorer,
    "duplicates": duplicates,
    "texts": texts,
    "images": images,
    "tasks": tasks,
    "variety": maps,
    "judge": judge,
    "together": together,
    "exams": exams,
    "kept": kept,
    "provenance": provenance,
}
"""In the order of the page, by their names in links."""


def write_report(run: FinishedRun, target: Path | None = None, budget: int = BUDGET) -> Path:
    """Draws the report of a finished run: into its folder, unless told otherwise."""
    return put_page(target or run.folder / REPORT, _within_budget(run, budget))


def quality_page(run: FinishedRun, budget: int = BUDGET) -> Page:
    """Everything that is to be said of one run."""
    card = run.card
    made = []
    for name, section in SECTIONS.items():
        found = (fitted(block, budget) if isinstance(block, Explorer) else block for block in section.build(run))
        made.append(Chapter(name, section.title, tuple(found)))
    facts = (
        f"{card.rows:,} rows",
        f"{card.records:,} records",
        card.format,
        card.sha256[:12],
        run.info.started[:10],
        f"seed {card.seed}",
    )
    return Page(run.name, tuple(filter(None, facts)), tuple(each for each in made if each.blocks))


def _within_budget(run: FinishedRun, budget: int) -> bytes:
    """The page of a run, made of less until it is as small as wanted, or cannot be made smaller."""
    wanted = budget
    while len(page := written(quality_page(run, wanted), wanted)) > budget and wanted > budget * _LEAST:
        wanted = int(wanted * _LESS)
    return page
