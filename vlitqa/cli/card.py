"""`vlitqa card`: the quality section of a dataset card, and the same for Croissant metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vlitqa.errors import UsageError

_Run = Annotated[Path, typer.Argument(help="Run folder that `vlitqa score` wrote.")]
_Into = Annotated[
    Path | None,
    typer.Option("--into", help="Dataset card, such as README.md; made if it is not there. Default: standard output."),
]
_Croissant = Annotated[
    Path | None, typer.Option("--croissant", help="Croissant file that gets the findings too. Default: none.")
]


def card(*, run: _Run, into: _Into = None, croissant: _Croissant = None) -> None:
    """Write the quality section of a dataset card: the principles, the findings, and how they were measured.

    The section stands between two marks: the same command with a later run puts it in anew, and leaves all else alone.
    """
    from reports.exports.croissant import put_into_croissant
    from reports.exports.dataset_card import put_into_card, write_card_section
    from vlitqa.cli import screen
    from vlitqa.runs.finished import open_run

    finished = open_run(run)
    section = write_card_section(finished)
    metadata = put_into_croissant(_read(croissant), finished) if croissant else b""
    if into:
        before = _read(into) if into.exists() else b""
        _replace(into, put_into_card(_decode(before, into), section).encode(), "--into FILE")
        screen.tell(f"{into}: the section on data quality was put in.")
    elif not croissant:
        screen.show_document(section)
    if croissant:
        _replace(croissant, metadata, "--croissant FILE")
        screen.tell(f"{croissant}: the fields on data quality were put in.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", repair="Name another file.") from None


def _decode(content: bytes, path: Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8.", repair="Name another file, or convert it.") from None


def _replace(path: Path, content: bytes, option: str) -> None:
    from vlitqa.storage.atomic import disk_errors, replacing

    with disk_errors(path, option), replacing(path) as file:
        file.write(content)
