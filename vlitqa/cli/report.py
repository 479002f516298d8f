"""`vlitqa report`: what finished runs found, one beside the other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vlitqa.cli import options


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders that `vlitqa score` wrote.")],
    json: options.Json = False,
) -> None:
    """Print the scorecards of finished runs, side by side."""
    from vlitqa.cli import screen
    from vlitqa.run_folder import read_scorecard

    cards = [read_scorecard(run) for run in runs]
    if json:
        for card in cards:
            screen.show_json(card)
    else:
        screen.show_scorecards(cards)
