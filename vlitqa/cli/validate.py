"""`vlitqa validate`: metrics that notice faults of known dose in a dataset, and metrics that do not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.algorithms.counted import counted
from vlitqa.api import choices
from vlitqa.cli import options
from vlitqa.cli.exit_codes import MISTAKE, PARTIAL
from vlitqa.cli.option_groups import ReadingOptions
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.contracts import Metric
    from vlitqa.scoring.job import Job
    from vlitqa.validation.dose_response import DoseCurve
    from vlitqa.validation.validate import Trial, Validation, ValidationRequest

DRAWN_RECORDS = 1_000
"""Records that are drawn by default; counts of clusters and tasks need some hundred."""
_ARROWS = {"up": "↑", "down": "↓", "none": ""}
_LEGEND = """\
* the corruption is aimed at this figure. ↑ more is better, ↓ less is better. [ ] at 0 % is the noise: the range of the
figure without any fault. rho: Spearman's correlation of value and dose. detected from: the smallest dose from which
every value lies outside the noise. follows: |rho| >= 0.9, detected, in the right direction; wrong way: faults make the
figure look better; unsteady: |rho| < 0.9; blind: undetected at any dose; moves: neither direction is better."""


_Dataset = Annotated[Path, typer.Argument(help="Dataset file, as `vlitqa score` reads it.")]
_Corruptions = Annotated[
    str,
    typer.Option(
        "--corruptions", help="Names, separated by commas: `vlitqa catalogue corruptions`. Default: all of them."
    ),
]
_Doses = Annotated[str, typer.Option("--doses", help="Shares of corrupted records in percent, separated by commas.")]
_Draw = Annotated[
    int | None,
    typer.Option(
        "--draw", min=1, help="Number of records to draw at random. Default: 1000; with --limit: all of those."
    ),
]


def validate(  # noqa: PLR0913 - one argument for each option
    *,
    dataset: _Dataset,
    metrics: options.MetricsOption = "all",
    corruptions: _Corruptions = "",
    doses: _Doses = "0,10,20,40,80",
    reader: ReadingOptions,
    image_root: options.ImageRootOption = None,
    limit: options.LimitOption = None,
    draw: _Draw = None,
    profile: options.ProfileOption = "",
    tool: options.ToolOption = None,
    settings: options.SettingsOption = None,
    seed: options.SeedOption = 0,
    details: options.DetailsOption = False,
    json: options.JsonOption = False,
) -> None:
    """Corrupt copies of a dataset, in memory and by known doses, and show which metrics notice."""
    from vlitqa.cli import screen
    from vlitqa.reader import open_dataset
    from vlitqa.scoring.job import ScoreRequest, prepare_job

    validation_request = _parse_request(doses, corruptions)
    chosen = choices.load_metrics(metrics, settings, seed)
    _refuse_selective_labels(chosen)
    request = ScoreRequest(metrics=chosen, image_roots=choices.check_image_roots(image_root), profile=profile)
    draw = draw or (None if limit else DRAWN_RECORDS)
    request = replace(request, tools=tuple(tool or ()), seed=seed, limit=limit, draw=draw)
    job = prepare_job(open_dataset(dataset, reader.reading()), request)
    validation = _validate(job, validation_request)
    if json:
        screen.show_json(validation)
    else:
        _show(validation, details=details)
    _end_where_incomplete(validation, [metric.card.name for metric in chosen])


def _tell_uncompared(validation: Validation, metrics: Sequence[str]) -> bool:
    """Says of which metrics nothing was compared, each reason once; returns False if that holds for all of them."""
    from vlitqa.cli import screen
    from vlitqa.cli.trust import reasons_without_trust

    reasons = reasons_without_trust(validation, metrics)
    for reason in dict.fromkeys(reasons.values()):
        names = [metric for metric, its_reason in reasons.items() if its_reason == reason]
        screen.tell(f"Not compared: {', '.join(names)}: {reason.rstrip('.')}.")
    return len(reasons) < len(metrics)


def _end_where_incomplete(validation: Validation, metrics: Sequence[str]) -> None:
    """Exits as done in part if the file ended before its content did, and as a mistake if nothing was compared."""
    from vlitqa.cli import screen

    has_compared = _tell_uncompared(validation, metrics)
    if validation.cut_off:
        screen.tell(
            f"{validation.dataset} is cut off or damaged: {validation.cut_off}. Rows behind it are in no trial."
        )
        raise typer.Exit(PARTIAL)
    if not has_compared:
        raise typer.Exit(MISTAKE)


def _refuse_selective_labels(metrics: Sequence[Metric]) -> None:
    """Raises UsageError for a metric whose labels are selected: they know no instruction that was changed."""
    if any(getattr(metric, "assignment", "") == "selective" for metric in metrics):
        raise UsageError("Selective labels do not cover changed instructions.", repair="Validate generative labels.")


def _validate(job: Job, request: ValidationRequest) -> Validation:
    from vlitqa.api.progress import progress
    from vlitqa.cli import screen
    from vlitqa.scoring.cache import Cache
    from vlitqa.storage.places import cache_folder
    from vlitqa.validation.validate import validate as run

    if tools := job.plan.toolbox.description():
        screen.tell(tools)
    with closing(Cache(cache_folder())) as cache:
        if cache.note:
            screen.tell(cache.note)
        with progress(job.dataset.name, with_copies=True) as observer:
            return run(job, request, cache, observer)


def _parse_request(doses: str, corruptions: str) -> ValidationRequest:
    """Parses the doses and the names of corruptions; raises UsageError for a wrong one before any file is read."""
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
            f"--doses {doses!r} must name two or more percentages between 0 and 100; 0 does not count.",
            repair="Such as 10,20,40,80; the records without faults, dose 0, are always measured.",
        )
    return ValidationRequest(shares, names)


def _show(validation: Validation, *, details: bool) -> None:
    from vlitqa.cli.screen import show_text
    from vlitqa.cli.trust import show_trust

    rejected = f", {validation.rejects:,} rejected" if validation.rejects else ""
    sample = f"{counted(validation.records, 'record')} ({validation.sample}){rejected}"
    show_text(f"{validation.dataset}: {sample}. Tasks are {validation.labels}.")
    if not details:
        show_trust(validation)
        return
    for trial in validation.trials:
        _show_trial(trial, validation.doses)
    if len(moved := [trial for trial in validation.trials if trial.curves]) > 1:
        _show_matrix(moved)
    show_text(f"\n{_LEGEND}")


def _show_trial(trial: Trial, doses: tuple[float, ...]) -> None:
    """Shows the figures that moved or should have, first those that the corruption is aimed at; names the others."""
    from vlitqa.cli.screen import console, grid, show_text

    show_text(f"\n{trial.corruption}: {trial.meaning}")
    if not any(trial.changed):
        show_text("These records have nothing that this corruption can change.")
        return
    moved = [curve for curve in trial.curves if curve.answer.rho is not None or curve.aimed]
    shares = [f"{100 * dose:.3g} %" for dose in doses]
    columns = ("", "metric", "figure", "", *shares, "rho", "detected from", "verdict")
    changed = ["", "", "records changed", "", *(f"{count:,}" for count in trial.changed), "", "", ""]
    rows = [changed, *map(_row, sorted(moved, key=lambda curve: not curve.aimed))]
    console().print(grid(columns, rows, numbers=range(4, len(columns) - 1)))
    for reason in filter(None, dict.fromkeys(map(_reason_without_rho, trial.curves))):
        names = [f"{curve.metric}: {_name(curve)}" for curve in trial.curves if _reason_without_rho(curve) == reason]
        show_text(f"{reason}: {', '.join(names)}.")


def _show_matrix(trials: list[Trial]) -> None:
    """Shows the rho of every figure under every corruption, if it stands out from the noise."""
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


def _reason_without_rho(curve: DoseCurve) -> str:
    """The reason why a figure has no rho, as the beginning of a sentence; empty for a figure with one."""
    answer = curve.answer
    if answer.rho is not None:
        return ""
    return answer.verdict.capitalize() + (f" ({answer.reason})" if answer.verdict != "constant" else "")


def _row(curve: DoseCurve) -> list[str]:
    answer = curve.answer
    first, *others = (_amount(curve, value) for value in curve.values)
    noise = f" [{_amount(curve, curve.noise[0])}, {_amount(curve, curve.noise[1])}]" if curve.noise else ""
    rho = "-" if answer.rho is None else f"{answer.rho:+.2f}"
    detected_from = "-" if answer.detected_from is None else f"{100 * answer.detected_from:.3g} %"
    star = "*" if curve.aimed else ""
    head = [star, curve.metric, _name(curve), _ARROWS[curve.direction]]
    return [*head, first + noise, *others, rho, detected_from, answer.verdict]


def _name(curve: DoseCurve) -> str:
    return f"{curve.figure} ({curve.variant})"


def _amount(curve: DoseCurve, value: float | None) -> str:
    from reports.numbers import share
    from reports.units import is_share

    if value is None:
        return "-"
    if is_share(curve.metric, curve.figure):
        return share(value)
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
