"""`vlitqa score`: quality metrics of one dataset, or of several side by side."""

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
    from vlitqa.reader import Dataset, Reading
    from vlitqa.results import Scorecard
    from vlitqa.scoring.job import ScoreRequest
    from vlitqa.scoring.score import ChooseEngine


def score(  # noqa: PLR0913 - one argument for each option
    *,
    datasets: options.Datasets,
    metrics: options.Metrics = "all",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder in which each dataset gets a run folder.")
    ] = Path("runs"),
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
    """Measure the quality of datasets, of each record and of the whole, and show several side by side."""
    from vlitqa.cli import gate, screen
    from vlitqa.scoring.job import ScoreRequest

    rules = gate.fail_rules(fail_on)
    reading = options.make_reading(format_name, mapping, images)
    request = ScoreRequest(
        metrics=options.load_metrics(metrics, settings, seed),
        image_roots=options.check_image_roots(image_root),
        profile=profile,
        tools=tuple(tool or ()),
        seed=seed,
        limit=limit,
    )
    gate.refuse_unfindable(rules, [metric.card for metric in request.metrics])
    choose = options.engine_chooser(engine, workers)
    readable = _open_datasets(datasets, reading, as_json=json)
    request = _add_shared_choices(request, readable, equal_size=equal_size, simcse_steps=simcse_steps)
    cards = _score(readable, request, output, choose, as_json=json)
    if cards and not json:
        screen.show_scorecards(cards)
    raise typer.Exit(
        2 if len(readable) < len(datasets) else gate.exit_code([card for _, card in cards], rules, max_errors)
    )


def _add_shared_choices(
    request: ScoreRequest, datasets: list[Dataset], *, equal_size: bool, simcse_steps: int
) -> ScoreRequest:
    """Adds the choices that all datasets share: an equal size, and an encoder that is trained on them."""
    from vlitqa.cli import screen
    from vlitqa.scoring.job import smallest_size
    from vlitqa.scoring.own_encoder import train_encoder_on

    if equal_size and len(datasets) > 1:
        request = replace(request, draw=smallest_size(datasets))
    if simcse_steps and datasets:
        encoder = train_encoder_on(datasets, request, simcse_steps, screen.tell)
        request = replace(request, tools=(*request.tools, encoder))
    return request


def _score(
    datasets: list[Dataset], request: ScoreRequest, output: Path, choose: ChooseEngine, *, as_json: bool
) -> list[tuple[Path, Scorecard]]:
    """Scores datasets and shows each when it is done; returns their paths and scorecards."""
    from vlitqa.cli import screen
    from vlitqa.cli.progress import progress
    from vlitqa.cli.report import draw_new_run
    from vlitqa.scoring.score import RunPlace, score_datasets
    from vlitqa.storage.places import cache_folder

    place = RunPlace(output, cache_folder(), command=("vlitqa", *sys.argv[1:]), tell=screen.tell)
    cards: list[tuple[Path, Scorecard]] = []
    try:
        for dataset, folder, card in score_datasets(datasets, request, place, choose, progress):
            cards.append((dataset.path.absolute(), card))
            draw_new_run(folder, dataset)
            if as_json:
                screen.show_scored(dataset.path, folder, card)
            else:
                screen.tell(f"{dataset.path.name}: {folder}")
    except KeyboardInterrupt:
        screen.tell(f"Stopped; what was measured is kept. Go on with: {shlex.join(place.command)}")
        raise typer.Exit(INTERRUPTED) from None
    return cards


def _open_datasets(paths: list[Path], reading: Reading, *, as_json: bool) -> list[Dataset]:
    """Opens all datasets before hours go into the first; shows which cannot be read and returns the others."""
    from vlitqa.cli import screen
    from vlitqa.errors import DatasetError
    from vlitqa.reader import open_dataset

    datasets = []
    for path in dict.fromkeys(paths):
        try:
            datasets.append(open_dataset(path, reading))
        except DatasetError as error:
            screen.show_refused(path, error, as_json=as_json)
    return datasets
