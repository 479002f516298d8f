"""`vlitqa score`: quality metrics of one dataset, or of several side by side."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.api import choices
from vlitqa.cli import options
from vlitqa.cli.exit_codes import MISTAKE
from vlitqa.cli.option_groups import EngineOptions, GateOptions, PlaceOptions, ReadingOptions
from vlitqa.cli.stopping import INTERRUPTED
from vlitqa.records import FRAMES

if TYPE_CHECKING:
    from vlitqa.reader import Dataset, Reading
    from vlitqa.scoring.job import ScoreRequest
    from vlitqa.scoring.score import ChooseEngine, ScoredDataset


_Output = Annotated[Path, typer.Option("--output", "-o", help="Folder in which each dataset gets a run folder.")]


def score(  # noqa: PLR0913 - one argument for each option
    *,
    datasets: options.DatasetsArgument,
    places: PlaceOptions,
    metrics: options.MetricsOption = "all",
    output: _Output = Path("runs"),
    by: options.ByOption = "",
    ratings: options.RatingsOption = None,
    equal_size: options.EqualSizeOption = False,
    reader: ReadingOptions,
    image_root: options.ImageRootOption = None,
    limit: options.LimitOption = None,
    frames: options.FramesOption = FRAMES,
    profile: options.ProfileOption = "",
    tool: options.ToolOption = None,
    settings: options.SettingsOption = None,
    simcse_steps: options.SimCSEStepsOption = 0,
    gold: options.GoldOption = None,
    seed: options.SeedOption = 0,
    engines: EngineOptions,
    details: options.DetailsOption = False,
    json: options.JsonLinesOption = False,
    gates: GateOptions,
) -> None:
    """Measure the quality of datasets, record by record and as a whole, and show several side by side."""
    from vlitqa.cli.gate import make_gate
    from vlitqa.scoring.job import ScoreRequest

    request = ScoreRequest(metrics=choices.load_metrics(metrics, settings, seed), profile=profile, seed=seed, gold=gold)
    roots = choices.check_image_roots(image_root)
    request = replace(request, tools=tuple(tool or ()), image_roots=roots, limit=limit, by=by)
    request = replace(request, ratings=tuple(choices.split_names(ratings)))
    gate = make_gate(gates, [metric.card for metric in request.metrics], as_json=json)
    datasets, reading = places.apply(datasets, reader.reading(frames))
    readable = _open_datasets(datasets, reading, as_json=json)
    request = _add_shared_choices(request, readable, equal_size=equal_size, simcse_steps=simcse_steps)
    runs = _score(readable, request, output, engines.chooser(), as_json=json)
    _show(runs if not (json or gate.takes_output) else [], details=details)
    code = gate.conclude({str(run.dataset.path): run.card for run in runs})
    raise typer.Exit(MISTAKE if len(readable) < len(set(datasets)) else code)


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
) -> list[ScoredDataset]:
    """Scores datasets and shows each when it is done."""
    from vlitqa.api.progress import progress
    from vlitqa.api.scoring import score_and_draw
    from vlitqa.cli import screen
    from vlitqa.scoring.score import RunPlace
    from vlitqa.storage.places import cache_folder

    place = RunPlace(output, cache_folder(), command=("vlitqa", *sys.argv[1:]), tell=screen.tell)
    runs: list[ScoredDataset] = []
    try:
        for scored in score_and_draw(datasets, request, place, choose, progress):
            runs.append(scored)
            if as_json:
                screen.show_scored(scored.dataset.path, scored.folder, scored.card)
            else:
                screen.tell(f"{scored.dataset.name}: {scored.folder}")
    except KeyboardInterrupt:
        screen.tell(f"Stopped; what was measured is kept. Go on with: {shlex.join(place.command)}")
        raise typer.Exit(INTERRUPTED) from None
    return runs


def _show(runs: list[ScoredDataset], *, details: bool) -> None:
    """Shows scorecards side by side, and what to type next."""
    if not runs:
        return
    from reports.names import different_names
    from vlitqa.cli.next_steps import tell_next_steps
    from vlitqa.cli.scorecards import show_scorecards

    cards, paths = [run.card for run in runs], [run.dataset.path.absolute() for run in runs]
    in_folders = [f"{path.parent.name}/{path.name}" for path in paths]
    names = different_names([card.dataset for card in cards], in_folders, list(map(str, paths)))
    show_scorecards(names, cards, details=details)
    tell_next_steps(runs)


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
