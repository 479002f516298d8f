"""`vlitqa score`: every quality metric of one dataset, or of several side by side."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options
from vlitqa.cli.stopping import INTERRUPTED

if TYPE_CHECKING:
    from vlitqa.results import Scorecard
    from vlitqa.scoring.job import Request
    from vlitqa.scoring.score import ChooseEngine


def score(  # noqa: PLR0913 - one argument for each option
    datasets: options.Datasets,
    metrics: options.Metrics = "all",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run folders.")] = Path("runs"),
    equal_size: options.EqualSize = False,
    format_name: options.Format = "",
    mapping: options.Map = None,
    image_root: options.ImageRoot = None,
    images: options.Images = None,
    limit: options.Limit = None,
    profile: options.Profile = "",
    tool: options.Tool = None,
    settings: options.Settings = None,
    simcse_steps: options.SimCSESteps = 0,
    seed: options.Seed = 0,
    engine: options.EngineName = "auto",
    workers: options.Workers = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
    max_errors: options.MaxErrors = None,
) -> None:
    """Measure the quality of datasets, per record and whole, and put several side by side."""
    from vlitqa.cli import gate, screen
    from vlitqa.scoring.job import Request

    rules = gate.fail_rules(fail_on)
    reading, roots = options.reading_of(format_name, mapping, images), options.roots_of(image_root)
    request = Request(
        options.metrics_of(metrics, settings, seed), reading, roots, profile, tuple(tool or ()), seed, limit
    )
    gate.refuse_unfindable(rules, [metric.card for metric in request.metrics])
    choose = options.engine_choice(engine, workers)
    readable = _readable(datasets, request, as_json=json)
    request = _shared(request, readable, equal_size=equal_size, simcse_steps=simcse_steps)
    cards = _scored(readable, request, output, choose, as_json=json)
    if cards and not json:
        screen.show_scorecards(cards)
    raise typer.Exit(
        2 if len(readable) < len(datasets) else gate.exit_code([card for _, card in cards], rules, max_errors)
    )


def _shared(request: Request, datasets: list[Path], *, equal_size: bool, simcse_steps: int) -> Request:
    """The request with what all datasets have in common: their size, and an encoder that learned from them."""
    from vlitqa.cli import screen
    from vlitqa.scoring.job import smallest_size
    from vlitqa.scoring.own_encoder import tuned_tool

    if equal_size and len(datasets) > 1:
        request = replace(request, draw=smallest_size(datasets, request.reading))
    if simcse_steps and datasets:
        request = replace(request, tools=(*request.tools, tuned_tool(datasets, request, simcse_steps, screen.tell)))
    return request


def _scored(
    datasets: list[Path], request: Request, output: Path, choose: ChooseEngine, *, as_json: bool
) -> list[tuple[Path, Scorecard]]:
    """The scorecards of the datasets, told one by one."""
    from vlitqa.cli import screen
    from vlitqa.cli.progress import progress
    from vlitqa.cli.report import AFRESH, draw
    from vlitqa.scoring.score import RunPlace, score_datasets
    from vlitqa.storage.places import cache_folder

    place = RunPlace(output, cache_folder(), ("vlitqa", *sys.argv[1:]), screen.tell)
    cards: list[tuple[Path, Scorecard]] = []
    try:
        for path, folder, card in score_datasets(datasets, request, place, choose, progress):
            cards.append((path.absolute(), card))
            draw(folder, AFRESH)
            if as_json:
                screen.show_scored(path, folder, card)
            else:
                screen.tell(f"{path.name}: {folder}")
    except KeyboardInterrupt:
        screen.tell(f"Stopped; what was measured is kept. Go on with: {shlex.join(place.command)}")
        raise typer.Exit(INTERRUPTED) from None
    return cards


def _readable(datasets: list[Path], request: Request, *, as_json: bool) -> list[Path]:
    """The datasets that can be opened; the others are told before hours go into the first."""
    from vlitqa.cli import screen
    from vlitqa.errors import DatasetError
    from vlitqa.reader import open_dataset

    readable = []
    for path in dict.fromkeys(datasets):
        try:
            open_dataset(path, request.reading)
            readable.append(path)
        except DatasetError as error:
            screen.show_refused(path, error, as_json=as_json)
    return readable
