"""Options that several commands share, and what their values mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from vlitqa.engines.cores import available_cores
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.contracts import Engine, Metric
    from vlitqa.reader import Reading
    from vlitqa.scoring.score import ChooseEngine

Datasets = Annotated[
    list[Path], typer.Argument(help="Dataset files: JSON, JSON Lines, CSV, TSV, Parquet, tar; .gz, .zst.")
]
Format = Annotated[str, typer.Option("--format", help="Name of the format, if its content should not decide.")]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", help="Parts and their fields: instruction=question,response=answer,image=img; repeatable."),
]
ImageRoot = Annotated[
    list[Path] | None, typer.Option("--image-root", help="Folder of the images; may be given several times.")
]
Images = Annotated[Path | None, typer.Option("--images", help="File of images by name (MIMIC-IT: JSON or Parquet).")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Stop after so many records.")]
Profile = Annotated[str, typer.Option("--profile", help="Tools by name: local, paper; default: as vlitqa.toml says.")]
Tool = Annotated[
    list[str] | None, typer.Option("--tool", help="A tool instead of the profile's: parser=chunks; repeatable.")
]
Metrics = Annotated[str, typer.Option("--metrics", help="Names with commas between; light: without models; all.")]
EqualSize = Annotated[bool, typer.Option("--equal-size", help="Draw every dataset down to the smallest one's size.")]
SimCSESteps = Annotated[
    int, typer.Option("--simcse-steps", min=0, help="Train the sentence encoder on the responses first (SimCSE).")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="A parameter of a metric: accuracy.votes=3; repeatable.")
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")]
EngineName = Annotated[str, typer.Option("--engine", help="auto, serial, processes or ray.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Workers; default: all cores.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a dataset and nothing else.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print the table in Markdown.")]
Latex = Annotated[bool, typer.Option("--latex", help="Print the table in LaTeX.")]
FailOn = Annotated[
    list[str] | None,
    typer.Option("--fail-on", help="Exit with 1 on a finding: any, error, warning, a code, or 'code>1%'; repeatable."),
]
MaxErrors = Annotated[int | None, typer.Option("--max-errors", min=0, help="Exit with 3 past so many rejected rows.")]


def reading_of(name: str, mapping: list[str] | None, images: Path | None) -> Reading:
    """How datasets are to be read."""
    from vlitqa.reader import Reading, parse_mapping

    if name and mapping:
        raise UsageError("--format and --map exclude each other.", repair="Give one of them.")
    return Reading(format=name, mapping=parse_mapping(",".join(mapping or ())), images=images)


def metrics_of(names: str, settings: list[str] | None, seed: int) -> tuple[Metric, ...]:
    """The metrics of the given names, with the parameters of the run."""
    from vlitqa.catalogue import load_metric, metrics_named
    from vlitqa.cli.settings import with_settings

    chosen = metrics_named(names)
    if not chosen:
        raise UsageError("--metrics names no metric.", repair="Leave it out for all; `vlitqa catalogue metrics`.")
    return with_settings([load_metric(name) for name in chosen], settings or (), seed)


def writer_of(markdown: bool, latex: bool, *, as_json: bool) -> str:
    """How a table is to be written; empty for the screen."""
    if sum((markdown, latex, as_json)) > 1:
        raise UsageError("--markdown, --latex and --json exclude each other.", repair="Give one of them.")
    return "markdown" if markdown else "latex" if latex else ""


def engine_choice(name: str, workers: int | None) -> ChooseEngine:
    """How the engine of a run is found; `auto` starts processes where they are worth their start."""
    from vlitqa.catalogue import load_engine

    count = workers or available_cores()
    if name != "auto":
        load_engine(name)  # a wrong name is said before any file is read

    def choose(worthwhile: bool) -> Engine:
        chosen = name if name != "auto" else "processes" if worthwhile and count > 1 else "serial"
        size = {"serial": 1, "ray": workers or 0}  # a cluster counts its own cores
        return cast("Engine", load_engine(chosen)(size.get(chosen, count)))

    return choose


def roots_of(chosen: list[Path] | None) -> tuple[Path, ...]:
    """The image roots a user named; raises UsageError for one that is no folder."""
    for root in chosen or []:
        if not root.is_dir():
            raise UsageError(f"--image-root {root} is no folder.", repair="Name the folder that holds the images.")
    return tuple(chosen or ())
