"""`vlitqa.check`, `score`, `open_run` and `select`: what the commands do, on what a notebook holds.

A dataset is a path, a folder or a pattern as on the command line; or a list of dicts, a pandas or polars frame, an
Arrow table, a `Dataset` of the `datasets` library. Nothing of the latter is written to disk before it is scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from vlitqa.api.arguments import Paths, items_of, joined_names, listed_paths
from vlitqa.api.choices import (
    check_frames,
    check_image_roots,
    check_mapping,
    engine_chooser,
    load_metrics,
    split_names,
)
from vlitqa.api.findings import CheckResult
from vlitqa.api.messages import tell
from vlitqa.api.parts import PlaceChoices
from vlitqa.api.progress import progress
from vlitqa.api.run import Run
from vlitqa.api.scoring import score_and_draw
from vlitqa.api.selected_rows import names_files, parse_rules, shallow_copy
from vlitqa.containers.memory import rows_in_memory
from vlitqa.contracts import Observer
from vlitqa.errors import UsageError
from vlitqa.metrics.duplicates import Duplicates
from vlitqa.metrics.integrity import Integrity
from vlitqa.reader import Dataset, Reading, open_dataset
from vlitqa.records import FRAMES
from vlitqa.runs import finished
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.score import RunPlace, check_dataset
from vlitqa.selection.subset import SelectionOutcome, SelectionRequest, write_selection
from vlitqa.storage.places import cache_folder

_COMMAND = ("vlitqa.score",)
"""What run.json says that began the run."""


def check(  # noqa: PLR0913 - one argument for each option of the command
    data: Any,
    *,
    format: str = "",  # noqa: A002 - as the option is called
    fields: Mapping[str, str] | None = None,
    images: str | Path | None = None,
    image_root: Paths = (),
    frames: int = FRAMES,
    near: bool = False,
    limit: int | None = None,
    engine: str = "auto",
    workers: int | None = None,
    name: str = "",
    quiet: bool = False,
) -> CheckResult:
    """Find faults of a dataset, as `vlitqa check` does: broken rows, placeholders, images, duplicates; no model.

    `fields` names the fields of a format of your own: `{"instruction": "question", "response": "answer"}`.
    """
    dataset = _open(data, _make_reading(format, fields, images, frames), name)
    roots = check_image_roots(listed_paths(image_root))
    request = ScoreRequest(metrics=(Integrity(), Duplicates(near=near)), image_roots=roots, limit=limit)
    with _watch(dataset.name, quiet=quiet) as observer:
        return CheckResult(check_dataset(dataset, request, engine_chooser(engine, workers), observer))


def score(  # noqa: PLR0913 - one argument for each option of the command
    data: Any,
    *,
    metrics: str | Sequence[str] = "all",
    output: str | Path = "runs",
    format: str = "",  # noqa: A002 - as the option is called
    fields: Mapping[str, str] | None = None,
    images: str | Path | None = None,
    image_root: Paths = (),
    frames: int = FRAMES,
    limit: int | None = None,
    profile: str = "",
    tools: Mapping[str, str] | None = None,
    settings: Mapping[str, object] | None = None,
    gold: str | Path | None = None,
    by: str = "",
    ratings: str | Sequence[str] = (),
    seed: int = 0,
    engine: str = "auto",
    workers: int | None = None,
    name: str = "",
    quiet: bool = False,
) -> Run:
    """Measure the quality of a dataset into a run folder; `by` and `ratings` are fields of its rows."""
    request = ScoreRequest(
        metrics=load_metrics(joined_names(metrics), _in_words(settings), seed),
        image_roots=check_image_roots(listed_paths(image_root)),
        profile=profile,
        tools=tuple(f"{kind}={tool}" for kind, tool in items_of("tools", tools)),
        seed=seed,
        limit=limit,
        gold=Path(gold) if gold else None,
        by=by,
        ratings=_names_in(ratings),
    )
    dataset = _open(data := shallow_copy(data), _make_reading(format, fields, images, frames), name)
    place, watch = _run_place(output, quiet=quiet), partial(_watch, quiet=quiet)
    (scored,) = score_and_draw([dataset], request, place, engine_chooser(engine, workers), watch)
    return Run(finished.open_run(scored.folder), dataset, data)


def open_run(folder: str | Path) -> Run:
    """Open a run folder that `vlitqa score` or `vlitqa.score` wrote."""
    if not isinstance(folder, str | Path):
        raise UsageError(f"{folder!r:.80} is no folder of a run.", repair="Name the folder.")
    return Run(finished.open_run(Path(folder).absolute()))


def select(
    run: Run | str | Path,
    *rules: str,
    output: str | Path | None = None,
    dataset: str | Path | None = None,
    seed: int = 0,
    drop_unmeasured: bool = False,
) -> SelectionOutcome:
    """Write the rows of a scored dataset that rules keep, and a ledger, as `vlitqa select` does.

    Rules are such as `"difficulty>=q25"`, `"drop:image_missing"` or `"budget:20%"`.
    """
    parse_rules(rules)
    opened = run if isinstance(run, Run) else open_run(run)
    request = SelectionRequest(
        rules=rules,
        output=Path(output) if output else None,
        dataset=Path(dataset) if dataset else None,
        seed=seed,
        drop_unmeasured=drop_unmeasured,
    )
    return write_selection(opened.finished, request)


def _open(data: Any, reading: Reading, name: str) -> Dataset:
    if not isinstance(name, str):
        raise UsageError(f"{name!r:.80} is no name of a dataset.", repair="Give it a text.")
    if not names_files(data):
        return open_dataset(rows_in_memory(data, name), reading)
    is_one = isinstance(data, str | Path)
    (path,), reading = PlaceChoices(name="" if is_one else name or "files").apply(listed_paths(data), reading)
    return open_dataset(path, reading)


def _make_reading(
    format_name: str, fields: Mapping[str, str] | None, images: str | Path | None, frames: int
) -> Reading:
    if format_name and fields:
        raise UsageError("`format` and `fields` exclude each other.", repair="Give one of them.")
    if not isinstance(format_name, str):
        raise UsageError(f"`format` is {format_name!r}, and no text.", repair="Leave it out, or name one.")
    mapping = check_mapping(items_of("fields", fields), "`fields`")
    file = Path(images) if images else None
    return Reading(format=format_name, mapping=mapping, images=file, frames=check_frames(frames))


def _run_place(output: str | Path, *, quiet: bool) -> RunPlace:
    tell_user = _ignore if quiet else tell
    return RunPlace(Path(output).absolute(), cache_folder(), command=_COMMAND, tell=tell_user)


def _names_in(fields: str | Sequence[str]) -> tuple[str, ...]:
    """Fields as the command line takes them: a list, or a text with commas."""
    return tuple(split_names([joined_names(fields)]))


def _in_words(settings: Mapping[str, object] | None) -> list[str]:
    """Settings as the command line takes them."""
    return [
        f"{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in items_of("settings", settings)
    ]


def _watch(name: str, *, quiet: bool) -> AbstractContextManager[Observer]:
    return nullcontext(_ignore) if quiet else progress(name)


def _ignore(*_: object) -> None:
    """Hears nothing."""
