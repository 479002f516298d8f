"""`vlitqa validate`: which metrics can be trusted on a dataset, by faults of known dose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.scoring.job import Job
    from vlitqa.validation.dose_response import DoseCurve
    from vlitqa.validation.validate import Trial, Validation, ValidationRequest

RECORDS = 1_000
"""Records that are drawn unless a user says otherwise; counts of clusters and tasks need some hundred."""
_ARROWS = {"up": "↑", "down": "↓", "none": ""}
_LEGEND = """\
* the corruption is aimed at this figure. ↑ more is better, ↓ less is. At 0 %, [ ] holds the noise: what a figure could
be without any fault. rho: Spearman's correlation of value and dose. told from: the smallest dose from which on every
value lies outside the noise. follows: |rho| >= 0.9, told, and in the right direction; wrong way: faults make the
figure look better; unsteady: |rho| < 0.9; blind: no dose is told from 0; moves: neither direction is better."""


def validate(  # noqa: PLR0913 - one argument for each option
    dataset: Annotated[Path, typer.Argument(help="A dataset file, as `vlitqa score` reads it.")],
    metrics: options.Metrics = "all",
    corruptions: Annotated[str, typer.Option("--corruptions", help="Names with commas between; default: all.")] = "",
    doses: Annotated[str, typer.Option("--doses", help="Shares of corrupted records in percent.")] = "0,10,20,40,80",
    format_name: options.Format = "",
    mapping: options.Map = None,
    image_root: options.ImageRoot = None,
    images: options.Images = None,
    limit: options.Limit = None,
    draw: Annotated[
        int | None, typer.Option("--draw", min=1, help="Draw so many records; default: 1000, or all of --limit.")
    ] = None,
    profile: options.Profile = "",
    tool: options.Tool = None,
    settings: options.Settings = None,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Put faults of known dose into copies of a dataset, in memory, and show which metrics notice."""
    from vlitqa.cli import screen
    from vlitqa.reader import open_dataset
    from vlitqa.scoring.job import ScoreRequest, prepare_job

    wanted = _request(doses, corruptions)
    request = ScoreRequest(
        metrics=options.load_metrics(metrics, settings, seed),
        image_roots=options.check_image_roots(image_root),
        profile=profile,
        tools=tuple(tool or ()),
        seed=seed,
        limit=limit,
        draw=draw or (None if limit else RECORDS),
    )
    if any(getattr(metric, "assignment", "") == "selective" for metric in request.metrics):
        raise UsageError("Selective labels know no instruction that was changed.", repair="Validate generative ones.")
    job = prepare_job(open_dataset(dataset, options.make_reading(format_name, mapping, images)), request)
    if tools := job.plan.toolbox.description():
        screen.tell(tools)
    validation = _validate(job, wanted)
    if json:
        screen.show_json(validation)
    else:
        _show(validation)


def _validate(job: Job, request: ValidationRequest) -> Validation:
    from vlitqa.cli import screen
    from vlitqa.cli.progress import progress
    from vlitqa.scoring.cache import Cache
    from vlitqa.storage.places import cache_folder
    from vlitqa.validation.validate import validate as run

    cache = Cache(cache_folder())
    if cache.note:
        screen.tell(cache.note)
    try:
        with progress(job.dataset.path.name) as observer:
            return run(job, request, cache, observer)
    finally:
        cache.close()


def _request(doses: str, corruptions: str) -> ValidationRequest:
    """What is to be corrupted, and how much of it; a wrong name is said before any file is read."""
    from vlitqa.catalogue import suggestion
    from vlitqa.validation.corruptions import CORRUPTIONS
    from vlitqa.validation.validate import ValidationRequest

    names = tuple(dict.fromkeys(filter(None, (name.strip() for name in corruptions.split(","))))) or tuple(CORRUPTIONS)
    for name in names:
        if name not in CORRUPTIONS:
            raise UsageError(
                f"There is no corruption {name!r}.", repair=suggestion(name, dict.fromkeys(CORRUPTIONS, ""))
            )
    try:
        shares = tuple(float(dose) / 100 for dose in doses.split(","))
    except ValueError:
        shares = ()
    if len({0.0, *shares}) < 3 or not all(0 <= share <= 1 for share in shares):
        raise UsageError(
            f"--doses {doses!r} must name two or more percentages between 0 and 100.", repair="Such as 10,20,40,80."
        )
    return ValidationRequest(shares, names)


def _show(found: Validation) -> None:
    from vlitqa.cli.screen import show_text

    show_text(f"{found.dataset}: {found.records:,} records ({found.sample}). Tasks are {found.labels}.")
    for trial in found.trials:
        _show_trial(trial, found.doses)
    if len(moved := [trial for trial in found.trials if trial.curves]) > 1:
        _show_matrix(moved)
    show_text(f"\n{_LEGEND}")


def _show_trial(trial: Trial, doses: tuple[float, ...]) -> None:
    """The figures that moved or should have, those first that the corruption is aimed at; the others by name."""
    from vlitqa.cli.screen import console, grid, show_text

    show_text(f"\n{trial.corruption}: {trial.meaning}")
    if not any(trial.changed):
        show_text("These records have nothing to corrupt so.")
        return
    moved = [each for each in trial.curves if each.answer.rho is not None or each.aimed]
    shares = [f"{100 * dose:.3g} %" for dose in doses]
    columns = ("", "metric", "figure", "", *shares, "rho", "told from", "verdict")
    changed = ["", "", "records changed", "", *(f"{count:,}" for count in trial.changed), "", "", ""]
    rows = [changed, *map(_row, sorted(moved, key=lambda curve: not curve.aimed))]
    console().print(grid(columns, rows, numbers=range(4, len(columns) - 1)))
    for said in dict.fromkeys(map(_without_rho, trial.curves)):
        names = [f"{each.metric}: {_name(each)}" for each in trial.curves if _without_rho(each) == said]
        if said:
            show_text(f"{said}: {', '.join(names)}.")


def _show_matrix(trials: list[Trial]) -> None:
    """Every figure beside every corruption, as far as it can be told from noise."""
    from vlitqa.cli.screen import console, grid, show_text

    cells: dict[tuple[str, str], list[str]] = {}
    for trial in trials:
        for curve in trial.curves:
            cells.setdefault((curve.metric, _name(curve)), []).append(_cell(curve))
    rows = [[*names, *row] for names, row in cells.items() if any(row)]
    names = [trial.corruption.replace("_", " ") for trial in trials]
    show_text("\nrho of every figure, * where the corruption is aimed at it, · where it stays within the noise")
    console().print(grid(("metric", "figure", *names), rows, numbers=range(2, 2 + len(names))))


def _cell(curve: DoseCurve) -> str:
    answer, star = curve.answer, "*" if curve.aimed else ""
    if answer.rho is None:
        return star
    return f"·{star}" if answer.verdict == "blind" else f"{answer.rho:+.2f}{star}"


def _without_rho(curve: DoseCurve) -> str:
    """Why a figure has no rho, as the beginning of a sentence; empty for one that has."""
    answer = curve.answer
    if answer.rho is not None:
        return ""
    return answer.verdict.capitalize() + (f" ({answer.reason})" if answer.verdict != "constant" else "")


def _row(curve: DoseCurve) -> list[str]:
    answer = curve.answer
    first, *others = map(_number, curve.values)
    noise = f" [{_number(curve.noise[0])}, {_number(curve.noise[1])}]" if curve.noise else ""
    rho = "-" if answer.rho is None else f"{answer.rho:+.2f}"
    told = "-" if answer.told_from is None else f"{100 * answer.told_from:.3g} %"
    star = "*" if curve.aimed else ""
    head = [star, curve.metric, _name(curve), _ARROWS[curve.direction]]
    return [*head, first + noise, *others, rho, told, answer.verdict]


def _name(curve: DoseCurve) -> str:
    return f"{curve.figure} ({curve.variant})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
