"""The quality report of one run, and several runs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reports.blocks import Alerts, Block, Explorer, Tiles
from reports.budget import fitted
from reports.page import BUDGET, Chapter, Page, written
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
    side_by_side,
    tasks,
    texts,
    together,
    verdict,
)
from vlitqa.contracts import Section
from vlitqa.runs.finished import Run, run_of
from vlitqa.runs.gallery import Exhibit
from vlitqa.storage.atomic import disk_errors, replacing

REPORT = "report.html"
_LESS, _LEAST = 0.75, 0.1
"""Of what a page is made of, where it came out too large: so much of it in turn, and never less."""
SECTIONS: Mapping[str, Section[Run, Block]] = {
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


def write_report(
    folder: Path, target: Path | None = None, budget: int = BUDGET, shown: Sequence[Exhibit] | None = None
) -> Path:
    """Draws the report of a finished run: into its folder, with the rows that are kept there, unless told otherwise."""
    run = replace(run_of(folder), chosen=None if shown is None else tuple(shown))
    return _put(target or folder / REPORT, _within(run, budget))


def write_comparison(folders: Sequence[Path], target: Path, budget: int = BUDGET) -> Path:
    """Draws several finished runs side by side."""
    return _put(target, written(comparison_page(_named(folders)), budget))


def quality_page(run: Run, budget: int = BUDGET) -> Page:
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
        run.info["started"][:10],
        f"seed {card.seed}",
    )
    return Page(run.name, tuple(filter(None, facts)), tuple(each for each in made if each.blocks))


def comparison_page(runs: Sequence[Run]) -> Page:
    """Several runs side by side, and then the first screen of each."""
    made = [Chapter("side_by_side", side_by_side.title, tuple(side_by_side.build(runs)))]
    for at, run in enumerate(runs, 1):
        found = (_alone(block) for block in (*verdict.build(run), *alerts.build(run)))
        made.append(Chapter(f"dataset-{at}", run.name, tuple(found)))
    return Page(" / ".join(run.name for run in runs), (f"{len(runs)} datasets",), tuple(made))


def _alone(block: Block) -> Block:
    """A block without links to the sections of a page of its own."""
    if isinstance(block, Tiles):
        return Tiles(tuple(replace(tile, link="") for tile in block.tiles))
    if isinstance(block, Alerts):
        return Alerts(tuple(replace(alert, shown_as="") for alert in block.alerts))
    return block


def _named(folders: Sequence[Path]) -> list[Run]:
    """The runs by the names of their datasets, with those of their folders where they are not enough."""
    runs = [run_of(folder) for folder in folders]
    names = [run.name for run in runs]
    return [replace(run, name=f"{run.name} ({run.folder.name})") if names.count(run.name) > 1 else run for run in runs]


def _put(target: Path, page: bytes) -> Path:
    with disk_errors(target.parent), replacing(target) as file:
        file.write(page)
    return target


def _within(run: Run, budget: int) -> bytes:
    """The page of a run, made of less until it is as small as wanted, or cannot be made smaller."""
    wanted = budget
    while len(page := written(quality_page(run, wanted), wanted)) > budget and wanted > budget * _LEAST:
        wanted = int(wanted * _LESS)
    return page
