"""The page of several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reports.blocks import Alerts, Block, Tiles
from reports.losses import losses_of
from reports.names import names_of_runs
from reports.page import BUDGET, Chapter, Page, render_page, write_page
from reports.sections import alerts, side_by_side, verdict
from vlitqa.runs.finished import FinishedRun


def write_side_by_side(runs: Sequence[FinishedRun], target: Path, budget: int = BUDGET) -> Path:
    """Draws several finished runs side by side, under names that tell them apart."""
    named = [replace(run, name=name) for run, name in zip(runs, names_of_runs(runs), strict=True)]
    return write_page(target, render_page(side_by_side_page(named), budget))


def side_by_side_page(runs: Sequence[FinishedRun]) -> Page:
    """Several runs side by side, and then the first screen of each."""
    chapters = [Chapter("side_by_side", side_by_side.title, tuple(side_by_side.build(runs)))]
    for number, run in enumerate(runs, 1):
        blocks = (_without_links(block) for block in (*losses_of(run), *verdict.build(run), *alerts.build(run)))
        chapters.append(Chapter(f"dataset-{number}", run.name, tuple(blocks)))
    return Page(" / ".join(run.name for run in runs), (f"{len(runs)} datasets",), tuple(chapters))


def _without_links(block: Block) -> Block:
    """A block without links to the sections of a page of its own."""
    if isinstance(block, Tiles):
        return Tiles(tuple(replace(tile, link="") for tile in block.tiles))
    if isinstance(block, Alerts):
        return Alerts(tuple(replace(alert, shown_as="") for alert in block.alerts))
    return block
