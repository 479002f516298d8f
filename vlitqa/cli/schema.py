"""`vlitqa schema`: the JSON Schema of what a command prints with `--json`."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    *,
    command: Annotated[
        str,
        typer.Argument(help="Command: check, score, report, select, validate, tune, eval, agreement or compare."),
    ],
) -> None:
    """Print the JSON Schema of each line that a command prints with --json."""
    from vlitqa.api.schemas import printed_schema
    from vlitqa.cli import screen
    from vlitqa.results import to_json

    screen.show_document(to_json(printed_schema(command), indent=True).decode())
