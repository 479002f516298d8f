"""`vlitqa shapes`: datasets and exams of a small world in which everything is known."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vlitqa.cli import options
from vlitqa.errors import UsageError

_EXAMS = ("seed-bench", "mme", "captions")


def shapes(  # noqa: PLR0913 - one argument for each option
    what: Annotated[
        str, typer.Argument(help="adapted, generated, paired, guided, controlled; seed-bench, mme, captions.")
    ],
    output: Annotated[Path, typer.Argument(help="Folder to write into.")],
    size: Annotated[int, typer.Option("--size", min=1, help="Rows, questions of each kind, or captions.")] = 100,
    side: Annotated[int, typer.Option("--side", min=32, max=2048, help="Pixels of a picture's side.")] = 224,
    format_name: Annotated[str, typer.Option("--format", help="Format of a dataset: llava, coco_arc, …")] = "llava",
    fault: Annotated[
        str, typer.Option("--fault", help="A fault to put in, and into how many of 100: answers_negated:40.")
    ] = "",
    seed: options.Seed = 0,
    workers: options.Workers = None,
) -> None:
    """Write a dataset or an exam about drawn shapes, of which everything is known."""
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
    studio = files.Studio(folder=output, seed=seed, side=side, workers=workers or 1)
    if what in MAKERS:
        break_records = partial(inject_fault, fault=fault, seed=seed) if fault else None
        files.write_dataset(studio, what, size, format_name, break_records)
    else:
        writers = {"seed-bench": files.write_seed_bench, "mme": files.write_mme, "captions": files.write_captions}
        writers[what](studio, size)
    screen.tell(f"{what}: {output}")
