"""`vlitqa report`: what finished runs found, one beside the other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vlitqa.cli import options


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders that `vlitqa score` wrote, or folders of them.")],
    json: options.Json = False,
) -> None:
    """Print the scorecards of finished runs, side by side."""
    from vlitqa.cli import screen
    from vlitqa.run_folder import read_scorecard

    cards = [(run.absolute(), read_scorecard(run)) for named in runs for run in _finished(named)]
    if json:
        for _, card in cards:
            screen.show_json(card)
    else:
        screen.show_scorecards(cards)


def _finished(folder: Path) -> list[Path]:
    """The folder itself where it is a run, otherwise the finished runs in it; raises FolderIncomplete for none."""
    from vlitqa.errors import FolderIncomplete
    from vlitqa.run_folder import INFO

    if (folder / INFO).exists() or not folder.is_dir():
        return [folder]
    inside = sorted(info.parent for info in folder.glob(f"*/{INFO}"))
    if not inside and any(each.is_dir() for each in folder.iterdir()):
        raise FolderIncomplete(
            f"Neither {folder} nor a folder in it is a finished run.",
            repair="`vlitqa score` writes them; one that was stopped goes on with the same command.",
        )
    return inside or [folder]
