"""`vlitqa check`: what is broken in a dataset, in seconds and without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options

if TYPE_CHECKING:
    from pathlib import Path

    from vlitqa.results import Scorecard
    from vlitqa.scoring.job import Request
    from vlitqa.scoring.score import ChooseEngine


def check(  # noqa: PLR0913 - one argument for each option
    datasets: options.Datasets,
    format_name: options.Format = "",
    mapping: options.Map = None,
    image_root: options.ImageRoot = None,
    images: options.Images = None,
    near: Annotated[bool, typer.Option("--near", help="Look for near duplicates too.")] = False,
    limit: options.Limit = None,
    engine: options.EngineName = "auto",
    workers: options.Workers = None,
    json: options.Json = False,
    fail_on: options.FailOn = None,
    max_errors: options.MaxErrors = None,
) -> None:
    """Find what is broken: rows, roles, <image> marks, images, duplicates. No model, in seconds."""
    from vlitqa.cli import gate
    from vlitqa.metrics.duplicates import Duplicates
    from vlitqa.metrics.integrity import Integrity
    from vlitqa.scoring.job import Request

    rules = gate.fail_rules(fail_on, near=near)
    request = Request(
        metrics=(Integrity(), Duplicates(near=near)),
        reading=options.reading_of(format_name, mapping, images),
        image_roots=options.roots_of(image_root),
        limit=limit,
    )
    gate.refuse_unfindable(rules, [metric.card for metric in request.metrics])
    cards, refused = _checked(datasets, request, options.engine_choice(engine, workers), as_json=json)
    raise typer.Exit(2 if refused else gate.exit_code(cards, rules, max_errors))


def _checked(
    datasets: list[Path], request: Request, choose: ChooseEngine, *, as_json: bool
) -> tuple[list[Scorecard], bool]:
    """The scorecards of the datasets that could be read, shown one by one, and whether one could not."""
    from vlitqa.cli import screen
    from vlitqa.cli.progress import progress
    from vlitqa.errors import DatasetError
    from vlitqa.scoring.score import check_dataset

    cards: list[Scorecard] = []
    refused = False
    for path in datasets:
        try:
            with progress(path.name) as observer:
                card = check_dataset(path, request, choose, observer)
        except DatasetError as error:
            refused = True
            screen.show_refused(path, error, as_json=as_json)
            continue
        cards.append(card)
        screen.show_check(path, card, as_json=as_json)
    return cards, refused
