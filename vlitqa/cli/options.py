"""Options that several commands share, and the values that they are turned into."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vlitqa.errors import UsageError
from vlitqa.records import MOST_FRAMES

DatasetsArgument = Annotated[
    list[Path],
    typer.Argument(
        help="Datasets: JSON, JSON Lines, CSV, TSV, Parquet, Arrow or tar, also packed as .gz or .zst; "
        "a folder of such files, or a pattern in quotes, is one dataset; hub:owner/name is one in the hub's cache, and "
        "- standard input."
    ),
]
AsOption = Annotated[
    str, typer.Option("--as", help="Name under which all files are one dataset. Default: each is a dataset by itself.")
]
ConfigOption = Annotated[
    str,
    typer.Option(
        "--config",
        help="Configuration of a dataset: by its card, or a folder in it; or an entry of dataset_info.json. "
        "Default: the only one.",
    ),
]
SplitOption = Annotated[str, typer.Option("--split", help="Split of a dataset, such as train. Default: the only one.")]
FetchOption = Annotated[
    bool, typer.Option("--fetch", help="Fetch hub:owner/name into the hub's cache. Without it: only what is there.")
]
FormatOption = Annotated[
    str,
    typer.Option("--format", help="Format of the rows: `vlitqa catalogue formats`. Default: detected from the rows."),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help="Fields of a format of your own: instruction=question,response=answer,image=img; repeatable. "
        "Default: the fields of the format.",
    ),
]
ImageRootOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--image-root", help="Folder of the images; repeatable. Default: the dataset's folder and images/ in it."
    ),
]
ImagesOption = Annotated[
    Path | None,
    typer.Option(
        "--images", help="JSON or Parquet file that holds the images by name (MIMIC-IT). Default: images are files."
    ),
]
FramesOption = Annotated[
    int,
    typer.Option("--frames", min=0, max=MOST_FRAMES, help="Frames that stand for each video in figures about images."),
]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="Number of records to read. Default: all.")]
MovedDatasetOption = Annotated[
    Path | None, typer.Option("--dataset", help="File of the dataset. Default: where it was when it was scored.")
]
ProfileOption = Annotated[
    str,
    typer.Option("--profile", help="Set of tools: local, paper or shapes. Default: as vlitqa.toml says, or local."),
]
ToolOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tool", help="Tool in place of the profile's, such as parser=chunks; repeatable. Default: the profile's."
    ),
]
MetricsOption = Annotated[
    str, typer.Option("--metrics", help="Metrics, separated by commas; light: those without models; all: every one.")
]
ByOption = Annotated[
    str,
    typer.Option(
        "--by",
        help="Give all figures by the groups of a field of the rows too: source (whatever the rows call it), file, or "
        "any field. Default: of the whole alone.",
    ),
]
RatingsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ratings",
        help="Fields of the rows that hold ratings, separated by commas: they become measurements, and are correlated "
        "with the metrics. Default: none.",
    ),
]
EqualSizeOption = Annotated[
    bool,
    typer.Option(
        "--equal-size", help="Draw as many records of each dataset as the smallest has. Without it: all records."
    ),
]
SimCSEStepsOption = Annotated[
    int,
    typer.Option(
        "--simcse-steps",
        min=0,
        help="Training steps of SimCSE on the responses, for the sentence encoder; 0: none.",
    ),
]
SettingsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Parameter of a metric, such as accuracy.votes=3; repeatable. Default: as `vlitqa catalogue METRIC` says.",
    ),
]
GoldOption = Annotated[
    Path | None,
    typer.Option(
        "--gold",
        help="File of people's verdicts, as vlitqa gold draws it, by which the judge is corrected. Default: "
        "DATASET.gold.jsonl beside the dataset, if it is there.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of all random draws.")]
EngineOption = Annotated[
    str,
    typer.Option("--engine", help="serial, processes or ray; auto: processes for many records, otherwise serial."),
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Number of worker processes. Default: one for each core.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as one line of JSON. Without it: tables and sentences.")
]
JsonLinesOption = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one line of JSON for each dataset, run or model. Without it: tables and sentences."
    ),
]
DetailsOption = Annotated[
    bool,
    typer.Option("--details", help="Print every figure and table. Without it: a summary that fits a screen."),
]
MarkdownOption = Annotated[
    bool, typer.Option("--markdown", help="Print the table in Markdown. Without it: for the screen.")
]
LatexOption = Annotated[bool, typer.Option("--latex", help="Print the table in LaTeX. Without it: for the screen.")]
FailOnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        help="Exit with 1 on findings: any, error, warning, rejects, failed, a code, or 'code>1%'; on a figure: "
        "'matching.matching degree<25'; or worse, than --baseline; repeatable. "
        "Default: findings do not change the exit code.",
    ),
]
BaselineOption = Annotated[
    Path | None,
    typer.Option("--baseline", help="Run folder that --fail-on worse compares with. Default: none."),
]
PrintOption = Annotated[
    list[str] | None,
    typer.Option(
        "--print",
        help="Print what is wrong as junit, sarif, github (annotations) or markdown, or write it: junit=FILE; "
        "repeatable. Default: tables and sentences.",
    ),
]
MaxErrorsOption = Annotated[
    int | None,
    typer.Option("--max-errors", min=0, help="Exit with 3 if more rows than this are rejected. Default: no limit."),
]


def choose_writer(*, markdown: bool, latex: bool, as_json: bool) -> str:
    """Returns the name of the writer of a table; empty for a table on the screen."""
    if sum((markdown, latex, as_json)) > 1:
        raise UsageError("--markdown, --latex and --json exclude each other.", repair="Give one of them.")
    return "markdown" if markdown else "latex" if latex else ""
