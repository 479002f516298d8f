"""The quality report of one run, and several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from reports.blocks import Explorer
from reports.page import BUDGET, Page, Section, written
from reports.run import Run, run_of
from reports.sections import (
    alerts,
    duplicates,
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
    verdict,
)
from vlitqa.disk import disk_errors, replacing

REPORT = "report.html"
SECTIONS: tuple[ModuleType, ...] = (
    verdict,
    alerts,
    metrics,
    explorer,
    duplicates,
    texts,
    images,
    tasks,
    maps,
    judge,
    kept,
    provenance,
)
_THUMBNAILS = 0.5
"""The share of a page's bytes that its pictures may take."""


def write_report(folder: Path, target: Path | None = None, budget: int = BUDGET) -> Path:
    """Draws the report of a finished run, into its folder if nothing else is said."""
    return _put(target or folder / REPORT, quality_page(run_of(folder), budget), budget)


def write_comparison(folders: Sequence[Path], target: Path, budget: int = BUDGET) -> Path:
    """Draws several finished runs side by side."""
    return _put(target, comparison_page(_named(folders)), budget)


def quality_page(run: Run, budget: int = BUDGET) -> Page:
    """Everything that is to be said of one run."""
    card = run.card
    made = []
    for section in SECTIONS:
        found = tuple(
            _within(block, int(budget * _THUMBNAILS)) if isinstance(block, Explorer) else block
            for block in section.build(run)
        )
        if found:
            name = "samples" if section is explorer else section.__name__.rpartition(".")[2]
            made.append(Section(name, section.title, found))
    facts = (
        f"{card.rows:,} rows",
        f"{card.records:,} records",
        card.format,
        card.sha256[:12],
        run.info["started"][:10],
        f"seed {card.seed}",
    )
    return Page(run.name, tuple(filter(None, facts)), tuple(made))


def comparison_page(runs: Sequence[Run]) -> Page:
    """Several runs side by side, and then the first screen of each."""
    made = [Section("side_by_side", side_by_side.title, tuple(side_by_side.build(runs)))]
    for at, run in enumerate(runs, 1):
        found = (*verdict.build(run), *alerts.build(run))
        made.append(Section(f"dataset-{at}", run.name, found))
    return Page(" / ".join(run.name for run in runs), (f"{len(runs)} datasets",), tuple(made))


def _within(block: Explorer, budget: int) -> Explorer:
    """The explorer with only as many pictures as the page may hold, those of each row in turn."""
    shown, used = [], 0
    for exhibit in block.exhibits:
        pictures = []
        for picture in exhibit.pictures:
            used += len(picture.thumbnail) * 4 // 3
            pictures.append(picture if used <= budget else replace(picture, thumbnail=b""))
        shown.append(replace(exhibit, pictures=tuple(pictures)))
    return replace(block, exhibits=tuple(shown))


def _named(folders: Sequence[Path]) -> list[Run]:
    """The runs by the names of their datasets, with those of their folders where they are not enough."""
    runs = [run_of(folder) for folder in folders]
    names = [run.name for run in runs]
    return [replace(run, name=f"{run.name} ({run.folder.name})") if names.count(run.name) > 1 else run for run in runs]


def _put(target: Path, page: Page, budget: int) -> Path:
    with disk_errors(target.parent), replacing(target) as file:
        file.write(written(page, budget))
    return target
