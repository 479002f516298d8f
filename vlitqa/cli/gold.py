"""`vlitqa gold`: responses drawn for people to judge."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from vlitqa.cli import options
from vlitqa.cli.option_groups import ReadingOptions
from vlitqa.errors import UsageError


def gold(
    *,
    dataset: Annotated[Path, typer.Argument(help="Dataset file.")],
    size: Annotated[int, typer.Option("--size", min=1, help="Number of responses to draw.")] = 100,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write. Default: DATASET.gold.jsonl beside the dataset."),
    ] = None,
    reader: ReadingOptions,
    seed: options.SeedOption = 0,
) -> None:
    """Draw responses at random for people to judge, by which `vlitqa score --gold` corrects its judge.

    Set `correct` to true or false in every line; a line that keeps null is left out. Judge all that are drawn: those
    that are left out because they are hard bend the result. `cause` may name the error of an incorrect response. All
    metrics are held against the verdicts: which of them tell correct responses from incorrect ones.
    """
    import msgspec

    from vlitqa.cli import screen
    from vlitqa.reader import open_dataset
    from vlitqa.results.gold import gold_beside
    from vlitqa.scoring.gold import draw_gold
    from vlitqa.storage.atomic import disk_errors, replacing

    path = output or gold_beside(dataset)
    if path.exists():
        raise UsageError(f"{path} is there already, and may hold verdicts.", repair="Name another file: --output.")
    lines = draw_gold(open_dataset(dataset, reader.reading()), size, seed)
    if not lines:
        raise UsageError(f"{dataset} has no responses.", repair="Name another dataset.")
    with disk_errors(path), replacing(path) as file:
        file.write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    screen.tell(f"{path}: {len(lines)} responses. Set correct to true or false in each, then:")
    option = "" if path == gold_beside(dataset) else f" --gold {shlex.quote(str(path))}"
    screen.tell(f"vlitqa score {shlex.quote(str(dataset))}{option}")
