"""`vlitqa report`: pages of finished runs, and their scorecards side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options

if TYPE_CHECKING:
    from vlitqa.runs.finished import FinishedRun

SIDE_BY_SIDE = "side-by-side.html"
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The place of a page, and the options of a user for it."""

    target: Path
    """The file of the page."""
    dataset: Path | None = None
    rows: int | None = None
    """Rows that are drawn at random; None for the rows that the run keeps."""
    budget: int = 5 * _MEGABYTE
    """The most bytes of a page."""


_Runs = Annotated[list[Path], typer.Argument(help="Run folders that `vlitqa score` wrote, or folders that hold some.")]
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="File of the page. Default: report.html in the run, side-by-side.html beside several."
    ),
]
_Rows = Annotated[
    int | None,
    typer.Option("--rows", min=0, help="Number of rows drawn at random, beside the remarkable ones. Default: 100."),
]
_Megabytes = Annotated[
    float, typer.Option("--megabytes", min=0.5, help="Size limit of a page; pictures take most of it.")
]


def report(  # noqa: PLR0913 - one argument for each option
    *,
    runs: _Runs,
    output: _Output = None,
    dataset: options.MovedDatasetOption = None,
    rows: _Rows = None,
    megabytes: _Megabytes = 5.0,
    details: options.DetailsOption = False,
    json: options.JsonLinesOption = False,
) -> None:
    """Print the scorecards of finished runs side by side, and draw a page of them."""
    from reports.names import names_of_runs
    from reports.quality import REPORT
    from vlitqa.cli import scorecards, screen
    from vlitqa.runs.finished import open_run

    finished = [open_run(folder) for path in runs for folder in _finished_folders(path)]
    first = finished[0].folder
    target = output or (first / REPORT if len(finished) == 1 else first.parent / SIDE_BY_SIDE)
    from vlitqa.cli.page_targets import refuse_page_target

    refuse_page_target(target)
    if json:
        for run in finished:
            screen.show_json(run.card)
    else:
        scorecards.show_scorecards(names_of_runs(finished), [run.card for run in finished], details=details)
    request = PageRequest(target=target, dataset=dataset, rows=rows, budget=int(megabytes * _MEGABYTE))
    if len(finished) == 1:
        _draw(finished[0], request)
    else:
        _draw_side_by_side(finished, request)


def _draw(run: FinishedRun, request: PageRequest) -> None:
    """Draws the page of one run; rows that the run does not keep are read from the dataset."""
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
            screen.tell(f"The page shows no rows of the dataset. {error.message} {error.repair}")
    if exhibits is not None and request.rows is None:
        write_gallery(run.folder, exhibits)
        exhibits = None
    shown = None if exhibits is None else tuple(exhibits)
    screen.tell(f"Page: {write_report(replace(run, shown=shown), request.target, request.budget)}")


def _draw_side_by_side(runs: Sequence[FinishedRun], request: PageRequest) -> None:
    from reports.side_by_side import write_side_by_side
    from vlitqa.cli import screen

    screen.tell(f"Page: {write_side_by_side(runs, request.target, request.budget)}")


def _finished_folders(folder: Path) -> list[Path]:
    """Returns a run folder itself, or the finished runs in a folder; raises FolderIncomplete if there are none."""
    from vlitqa.errors import FolderIncomplete
    from vlitqa.runs.folder import INFO

    if (folder / INFO).exists() or not folder.is_dir():
        return [folder]
    inside = sorted(info.parent for info in folder.glob(f"*/{INFO}"))
    if not inside and any(path.is_dir() for path in folder.iterdir()):
        raise FolderIncomplete(
            f"Neither {folder} nor a folder in it is a finished run.",
            repair="`vlitqa score` writes them; one that was stopped goes on with the same command.",
        )
    return inside or [folder]
