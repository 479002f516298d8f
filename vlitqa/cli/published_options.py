"""The options of `vlitqa catalogue` for its published lists."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import typer

from vlitqa.cli import options
from vlitqa.errors import UsageError

_Where = Annotated[
    str,
    typer.Option(
        "--where", help="Condition on rows, such as 'inst has SI and region and rows>=100K'. Default: all rows."
    ),
]
_CouldMatch = Annotated[
    bool,
    typer.Option(
        "--could-match",
        help="List the rows for which the condition is unknown, because a cell has no value. Without it: those that "
        "meet it.",
    ),
]
_Tasks = Annotated[str, typer.Option("--tasks", help="Short for a condition: a task of the row. Default: any.")]
_Model = Annotated[str, typer.Option("--model", help="Short for a condition: the model of the row. Default: any.")]
_Like = Annotated[
    Path | None,
    typer.Option("--like", help="Dataset of yours: list the published ones that are nearest to it. Default: none."),
]
_Own = Annotated[
    Path | None,
    typer.Option("--catalogue", help="CSV file with rows and columns of your own, joined by name. Default: none."),
]
_Sort = Annotated[
    str,
    typer.Option(
        "--sort",
        help="Column by which rows are ordered: numbers from the largest, texts from A, rows without a value last; "
        "-COLUMN reverses. Default: as printed.",
    ),
]
_Columns = Annotated[
    str,
    typer.Option("--columns", help="Columns, separated by commas; help: what they mean. Default: as many as fit."),
]
_Limit = Annotated[
    int | None, typer.Option("--limit", min=1, help="Number of rows to list. Default: all; with --like 10.")
]
_Csv = Annotated[bool, typer.Option("--csv", help="Print all columns as CSV. Without it: for the screen.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedOptions:
    """Which rows of a published list are shown, and how."""

    where: _Where = ""
    tasks: _Tasks = ""
    model: _Model = ""
    could_match: _CouldMatch = False
    like: _Like = None
    user_file: _Own = None
    sort: _Sort = ""
    columns: _Columns = ""
    limit: _Limit = None
    json: options.JsonOption = False
    csv: _Csv = False
    markdown: options.MarkdownOption = False

    @property
    def given(self) -> tuple[str, ...]:
        """The options that a user gave, as they are typed."""
        names = [field.name for field in fields(self) if getattr(self, field.name) != field.default]
        return tuple("--" + {"user_file": "catalogue"}.get(name, name).replace("_", "-") for name in names)

    def check(self, list_name: str) -> None:
        """Raises UsageError for options that exclude each other, or that this list does not take."""
        if sum((self.json, self.csv, self.markdown)) > 1:
            raise UsageError("--json, --csv and --markdown exclude each other.", repair="Give one of them.")
        if self.could_match and not (self.where or self.tasks or self.model):
            raise UsageError("--could-match belongs to a condition.", repair="Add --where, --tasks or --model.")
        if self.like and list_name != "datasets":
            raise UsageError("--like compares datasets.", repair="vlitqa catalogue datasets --like DATA")
