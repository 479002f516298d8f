"""`vlitqa shapes`: datasets and exams of drawn shapes, whose true answers are known."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vlitqa.cli import options
from vlitqa.errors import UsageError

_EXAMS = ("seed-bench", "mme", "captions")


_What = Annotated[
    str,
    typer.Argument(
        help="Dataset: adapted, generated, paired, guided or controlled; or exam: seed-bench, mme or captions."
    ),
]
_Output = Annotated[Path, typer.Argument(help="New or empty folder to write into.")]
_Size = Annotated[int, typer.Option("--size", min=1, help="Number of rows, of questions of each kind, or of captions.")]
_Side = Annotated[int, typer.Option("--side", min=32, max=2048, help="Width and height of a picture in pixels.")]
_Format = Annotated[str, typer.Option("--format", help="Format of a dataset: `vlitqa catalogue formats`.")]
_Fault = Annotated[
    str,
    typer.Option(
        "--fault", help="Corruption of a dataset and its dose in percent, such as answers_negated:40. Default: none."
    ),
]
_Workers = Annotated[int, typer.Option("--workers", min=1, help="Number of worker processes that draw pictures.")]


def shapes(  # noqa: PLR0913 - one argument for each option
    *,
    what: _What,
    output: _Output,
    size: _Size = 100,
    side: _Side = 224,
    format_name: _Format = "llava",
    fault: _Fault = "",
    seed: options.SeedOption = 0,
    workers: _Workers = 1,
) -> None:
    """Write a dataset or an exam about drawn shapes, whose true answers are known."""
    from vlitqa.catalogue import suggestion
    from vlitqa.cli import screen
    from vlitqa.shapes import files
    from vlitqa.shapes.datasets import MAKERS
    from vlitqa.validation.corruptions import inject_fault

    if what not in (*MAKERS, *_EXAMS):
        repair = suggestion(what, dict.fromkeys([*MAKERS, *_EXAMS]))
        raise UsageError(f"The shapes world has no {what!r}.", repair=repair)
    if what in _EXAMS and (fault or format_name != "llava"):
        raise UsageError("--format and --fault belong to datasets.", repair="Leave them out.")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{output} is there already.", repair="Name a new or an empty folder.")
    studio = files.Studio(folder=output, seed=seed, side=side, workers=workers)
    if what in MAKERS:
        break_records = partial(inject_fault, fault=fault, seed=seed) if fault else None
        files.write_dataset(studio, what, size, format_name, break_records)
    else:
        writers = {"seed-bench": files.write_seed_bench, "mme": files.write_mme, "captions": files.write_captions}
        writers[what](studio, size)
    screen.tell(f"{what}: {output}")
