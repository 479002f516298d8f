"""`vlitqa report`: what finished runs found, as pages and one beside the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options

if TYPE_CHECKING:
    from vlitqa.reader import Dataset
    from vlitqa.runs.finished import FinishedRun

SIDE_BY_SIDE = "side-by-side.html"
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A page as a user wants it."""

    output: Path | None = None
    dataset: Path | None = None
    rows: int | None = None
    """Drawn rows that are shown; None for those that were kept."""
    budget: int = 5 * _MEGABYTE


def report(  # noqa: PLR0913 - one argument for each option
    runs: Annotated[list[Path], typer.Argument(help="Run folders that `vlitqa score` wrote, or folders of them.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File of the page; default: in RUN, or beside several.")
    ] = None,
    dataset: Annotated[Path | None, typer.Option("--dataset", help="The dataset, if it was moved.")] = None,
    rows: Annotated[
        int | None,
        typer.Option("--rows", min=0, help="How many drawn rows are shown beside the remarkable ones; default: 100."),
    ] = None,
    megabytes: Annotated[
        float, typer.Option("--megabytes", min=0.5, help="How large a page may become, most of it pictures.")
    ] = 5.0,
    json: options.Json = False,
) -> None:
    """Print the scorecards of finished runs side by side, and draw their pages."""
    from vlitqa.cli import screen
    from vlitqa.runs.finished import open_run

    finished = [open_run(folder) for run in runs for folder in _finished_folders(run)]
    cards = [(run.folder.absolute(), run.card) for run in finished]
    if json:
        for _, card in cards:
            screen.show_json(card)
    else:
        screen.show_scorecards(cards)
    request = PageRequest(output=output, dataset=dataset, rows=rows, budget=int(megabytes * _MEGABYTE))
    if len(finished) == 1:
        _draw(finished[0], request)
    else:
        _draw_side_by_side(finished, request)


def draw_new_run(folder: Path, dataset: Dataset) -> None:
    """Draws the page of a run that was just scored, with rows that are chosen anew."""
    from reports.quality import write_report
    from vlitqa.cli import screen
    from vlitqa.runs.exhibits import make_exhibits
    from vlitqa.runs.finished import open_run
    from vlitqa.runs.gallery import write_gallery

    run = open_run(folder)
    write_gallery(folder, make_exhibits(run, dataset))
    screen.tell(f"Page: {write_report(run)}")


def _draw(run: FinishedRun, request: PageRequest) -> None:
    """Draws the page of one run; rows that were not kept to be shown are looked for in the dataset."""
    from reports.quality import write_report
    from vlitqa.cli import screen
    from vlitqa.errors import DatasetError
    from vlitqa.runs.exhibits import make_exhibits
    from vlitqa.runs.gallery import GALLERY, write_gallery
    from vlitqa.runs.remarkable import DRAWN
    from vlitqa.runs.source import reopen_dataset

    exhibits = None
    if request.rows is not None or not (run.folder / GALLERY).is_file():
        try:
            dataset = reopen_dataset(run, request.dataset)
            exhibits = make_exhibits(run, dataset, DRAWN if request.rows is None else request.rows)
        except DatasetError as error:
            screen.tell(f"No rows can be looked for. {error.message} {error.repair}")
    if exhibits is not None and request.rows is None:
        write_gallery(run.folder, exhibits)
        exhibits = None
    shown = None if exhibits is None else tuple(exhibits)
    screen.tell(f"Page: {write_report(replace(run, shown=shown), request.output, request.budget)}")


def _draw_side_by_side(runs: Sequence[FinishedRun], request: PageRequest) -> None:
    from reports.side_by_side import write_side_by_side
    from vlitqa.cli import screen

    target = request.output or runs[0].folder.parent / SIDE_BY_SIDE
    screen.tell(f"Page: {write_side_by_side(runs, target, request.budget)}")


def _finished_folders(folder: Path) -> list[Path]:
    """The folder itself where it is a run, otherwise the finished runs in it; raises FolderIncomplete for none."""
    from vlitqa.errors import FolderIncomplete
    from vlitqa.runs.folder import INFO

    if (folder / INFO).exists() or not folder.is_dir():
        return [folder]
    inside = sorted(info.parent for info in folder.glob(f"*/{INFO}"))
    if not inside and any(each.is_dir() for each in folder.iterdir()):
        raise FolderIncomplete(
            f"Neither {folder} nor a folder in it is a finished run.",
            repair="`vlitqa score` writes them; one that was stopped goes on with the same command.",
        )
    return inside or [folder]
