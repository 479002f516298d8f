"""`vlitqa check`: faults of a dataset, in seconds and without a model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.api import choices
from vlitqa.cli import options
from vlitqa.cli.exit_codes import MISTAKE
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from vlitqa.reader import Reading
    from vlitqa.results import Scorecard


_AllPlaces = Annotated[
    bool, typer.Option("--all-places", help="List every place of a finding in --json. Without it: the first 20.")
]


def check(  # noqa: PLR0913 - one argument for each option
    *,
    datasets: options.DatasetsArgument,
    as_name: options.AsOption = "",
    format_name: options.FormatOption = "",
    mapping: options.MapOption = None,
    image_root: options.ImageRootOption = None,
    images: options.ImagesOption = None,
    near: Annotated[
        bool, typer.Option("--near", help="Look for near duplicates too. Without it: exact ones only.")
    ] = False,
    limit: options.LimitOption = None,
    engine: options.EngineOption = "auto",
    workers: options.WorkersOption = None,
    json: options.JsonLinesOption = False,
    all_places: _AllPlaces = False,
    fail_on: options.FailOnOption = None,
    max_errors: options.MaxErrorsOption = None,
) -> None:
    """Find faults in datasets: broken rows, roles, <image> placeholders and images, duplicates. Needs no model."""
    from vlitqa.cli import gate
    from vlitqa.metrics.duplicates import Duplicates
    from vlitqa.metrics.integrity import Integrity
    from vlitqa.scoring.job import ScoreRequest
    from vlitqa.scoring.score import check_dataset

    if all_places and not json:
        raise UsageError("--all-places belongs to --json.", repair="Add --json.")
    rules = gate.parse_fail_rules(fail_on, near=near)
    datasets, reading = choices.join_files(datasets, as_name, choices.make_reading(format_name, mapping, images))
    request = ScoreRequest(
        metrics=(Integrity(), Duplicates(near=near)),
        image_roots=choices.check_image_roots(image_root),
        limit=limit,
    )
    gate.refuse_unfindable(rules, [metric.card for metric in request.metrics])
    choose = choices.engine_chooser(engine, workers)
    check_one = partial(check_dataset, request=request, choose=choose, all_places=all_places)
    cards, has_unreadable = _check(datasets, reading, check_one, as_json=json)
    raise typer.Exit(MISTAKE if has_unreadable else gate.exit_code(cards, rules, max_errors))


def _check(
    paths: list[Path], reading: Reading, check_one: Callable[..., Scorecard], *, as_json: bool
) -> tuple[list[Scorecard], bool]:
    """Checks datasets and shows each; returns their scorecards, and True if one could not be read."""
    from vlitqa.api.progress import progress
    from vlitqa.cli import scorecards, screen
    from vlitqa.errors import DatasetError
    from vlitqa.reader import open_dataset

    cards: list[Scorecard] = []
    has_unreadable = False
    for path in paths:
        try:
            with progress(path.name) as observer:
                card = check_one(open_dataset(path, reading), observer=observer)
        except DatasetError as error:
            has_unreadable = True
            screen.show_refused(path, error, as_json=as_json)
            continue
        cards.append(card)
        scorecards.show_check(path, card, as_json=as_json)
    return cards, has_unreadable
