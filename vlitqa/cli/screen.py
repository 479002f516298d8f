"""Prints for all commands: results on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.visible import visible
from vlitqa.algorithms.counted import counted as counted  # commands print it from here
from vlitqa.api.messages import safe as safe  # and these
from vlitqa.api.messages import tell as tell
from vlitqa.errors import DatasetError, VlitqaError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

    from vlitqa.results import Scorecard

_WIDTH = 160
"""Letters in a line of output that goes into a file or a pipe, unless COLUMNS says otherwise."""


def show_error(error: VlitqaError) -> None:
    """Prints an error and its repair on standard error."""
    tell(f"Error: {error.message}" + (f"\n{error.repair}" if error.repair else ""))


def show_text(text: str) -> None:
    """Prints a text; characters that nobody would see are named in it."""
    print(visible(text))


def show_json(value: object) -> None:
    """Prints a value as JSON on one line, in UTF-8 whatever the locale is."""
    from vlitqa.results import to_json

    show_document(to_json(value).decode())


def show_document(text: str) -> None:
    """Prints a document for another program, in UTF-8 whatever the locale is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()


def show_scored(path: Path, run: Path, card: Scorecard) -> None:
    """Prints a scorecard as JSON, with the paths of its dataset and its run folder."""
    from vlitqa.results import fields_of

    show_json({"path": str(path), "run": str(run), **fields_of(card)})


def show_refused(path: Path, error: DatasetError, *, as_json: bool) -> None:
    """Prints why a dataset could not be read at all."""
    show_error(error)
    if as_json:
        from vlitqa.results.printed import refused_dataset

        show_json(refused_dataset(str(path), error))


def show_facts(facts: Mapping[str, Any]) -> None:
    """Prints facts with their names; a fact may be a list of facts."""
    rows: list[list[str]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            rows.extend(
                [name if not position else "", f"{key}  {fact}"] for position, (key, fact) in enumerate(value.items())
            )
        else:
            rows.append([name, str(value)])
    console().print(grid(("", ""), rows, header=False))


def show_lists(lists: Mapping[str, Mapping[str, str]]) -> None:
    """Prints lists of names and their meanings, each below its title."""
    page = console()
    for title, entries in lists.items():
        page.print(grid(("", ""), [[name, text] for name, text in entries.items()], title=title, header=False))


def grid(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Sequence[int] = (),
    title: str = "",
    header: bool = True,
) -> RichTable:
    """Makes a table whose cells are safe to print; numbers are the positions of columns that are aligned right."""
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD if header else None, title=safe(title) or None, title_justify="left", show_header=header
    )
    for position, name in enumerate(columns):
        table.add_column(safe(name), justify="right" if position in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(safe(cell) for cell in row))
    return table


def console() -> Console:
    """Makes a console on standard output, as wide as the terminal."""
    from rich.console import Console

    has_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if has_width else _WIDTH, emoji=False)
