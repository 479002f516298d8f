"""The page of several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reports.blocks import Alerts, Block, Tiles
from reports.page import BUDGET, Chapter, Page, put_page, written
from reports.sections import alerts, side_by_side, verdict
from vlitqa.runs.finished import FinishedRun


def write_side_by_side(runs: Sequence[FinishedRun], target: Path, budget: int = BUDGET) -> Path:
    """Draws several finished runs side by side."""
    return put_page(target, written(side_by_side_page(_told_apart(runs)), budget))


def side_by_side_page(runs: Sequence[FinishedRun]) -> Page:
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


def _told_apart(runs: Sequence[FinishedRun]) -> list[FinishedRun]:
    """The runs by the names of their datasets, with those of their folders where they are not enough."""
    names = [run.name for run in runs]
    return [replace(run, name=f"{run.name} ({run.folder.name})") if names.count(run.name) > 1 else run for run in runs]
