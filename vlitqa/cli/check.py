"""`vlitqa check`: faults of a dataset, in seconds and without a model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.api import choices
from vlitqa.cli import options
from vlitqa.cli.exit_codes import MISTAKE
from vlitqa.cli.option_groups import EngineOptions, GateOptions, PlaceOptions, ReadingOptions
from vlitqa.errors import UsageError
from vlitqa.records import FRAMES

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
    places: PlaceOptions,
    reader: ReadingOptions,
    image_root: options.ImageRootOption = None,
    near: Annotated[
        bool, typer.Option("--near", help="Look for near duplicates too. Without it: exact ones only.")
    ] = False,
    frames: options.FramesOption = FRAMES,
    limit: options.LimitOption = None,
    engines: EngineOptions,
    json: options.JsonLinesOption = False,
    all_places: _AllPlaces = False,
    gates: GateOptions,
) -> None:
    """Find faults in datasets: broken rows, roles, <image> placeholders and images, duplicates. Needs no model."""
    from vlitqa.cli.gate import make_gate
    from vlitqa.cli.scorecards import show_check
    from vlitqa.metrics.duplicates import Duplicates
    from vlitqa.metrics.integrity import Integrity
    from vlitqa.scoring.job import ScoreRequest
    from vlitqa.scoring.score import check_dataset

    if all_places and not json:
        raise UsageError("--all-places belongs to --json.", repair="Add --json.")
    datasets, reading = places.apply(datasets, reader.reading(frames))
    request = ScoreRequest(
        metrics=(Integrity(), Duplicates(near=near)),
        image_roots=choices.check_image_roots(image_root),
        limit=limit,
    )
    gate = make_gate(gates, [metric.card for metric in request.metrics], near=near, as_json=json)
    check_one = partial(check_dataset, request=request, choose=engines.chooser(), all_places=all_places)
    show = partial(show_check, as_json=json) if not gate.takes_output else None
    cards, has_unreadable = _check(datasets, reading, check_one, show, as_json=json)
    code = gate.conclude(cards)
    raise typer.Exit(MISTAKE if has_unreadable else code)


def _check(
    paths: list[Path],
    reading: Reading,
    check_one: Callable[..., Scorecard],
    show: Callable[[Path, Scorecard], None] | None,
    *,
    as_json: bool,
) -> tuple[dict[str, Scorecard], bool]:
    """Checks datasets and shows each; returns their scorecards by path, and True if one could not be read."""
    from vlitqa.api.progress import progress
    from vlitqa.cli import screen
    from vlitqa.errors import DatasetError
    from vlitqa.reader import open_dataset

    cards: dict[str, Scorecard] = {}
    has_unreadable = False
    for path in paths:
        try:
            with progress(path.name) as observer:
                card = check_one(open_dataset(path, reading), observer=observer)
        except DatasetError as error:
            has_unreadable = True
            screen.show_refused(path, error, as_json=as_json)
            continue
        cards[str(path)] = card
        if show:
            show(path, card)
    return cards, has_unreadable
