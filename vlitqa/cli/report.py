"""`vlitqa report`: what finished runs found, as pages and one beside the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from vlitqa.cli import options

SIDE_BY_SIDE = "side-by-side.html"
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a page is wanted."""

    output: Path | None = None
    dataset: Path | None = None
    rows: int | None = None
    """Drawn rows that are shown; None for those that were kept."""
    afresh: bool = False
    """Whether the rows to be shown are chosen anew, because the run is new."""
    budget: int = 5 * _MEGABYTE


PLAIN, AFRESH = Drawing(), Drawing(afresh=True)


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
    from vlitqa.runs.folder import read_scorecard

    folders = [run for named in runs for run in _finished(named)]
    cards = [(run.absolute(), read_scorecard(run)) for run in folders]
    if json:
        for _, card in cards:
            screen.show_json(card)
    else:
        screen.show_scorecards(cards)
    wanted = Drawing(output, dataset, rows, budget=int(megabytes * _MEGABYTE))
    if len(folders) == 1:
        draw(folders[0], wanted)
    else:
        _draw_beside(folders, wanted)


def draw(run: Path, wanted: Drawing = PLAIN) -> None:
    """Draws the page of one run; rows that were not kept to be shown are looked for in the dataset."""
    from reports.quality import write_report
    from vlitqa.cli import screen
    from vlitqa.errors import DatasetError
    from vlitqa.runs.gallery import DRAWN, GALLERY, exhibits_of, keep_gallery
    from vlitqa.runs.source import source_of

    shown = None
    if wanted.afresh or wanted.rows is not None or not (run / GALLERY).is_file():
        try:
            shown = exhibits_of(run, source_of(run, wanted.dataset), DRAWN if wanted.rows is None else wanted.rows)
        except DatasetError as error:
            screen.tell(f"No rows can be looked for. {error.message} {error.repair}")
    if shown is not None and wanted.rows is None:
        keep_gallery(run, shown)
        shown = None
    screen.tell(f"Page: {write_report(run, wanted.output, wanted.budget, shown)}")


def _draw_beside(runs: list[Path], wanted: Drawing) -> None:
    from reports.quality import write_comparison
    from vlitqa.cli import screen

    screen.tell(f"Page: {write_comparison(runs, wanted.output or runs[0].parent / SIDE_BY_SIDE, wanted.budget)}")


def _finished(folder: Path) -> list[Path]:
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
