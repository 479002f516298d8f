"""What `vlitqa annotate` writes: the labels of one run, or the examples of several rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlitqa.annotation.desk import AnnotationDesk


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """The file of an export, and what goes into it."""

    target: Path
    form: str
    hold_out: float
    """The share of items that are kept apart."""


def export_labels(desks: Sequence[AnnotationDesk], request: ExportRequest) -> None:
    """Writes the labels of one run in a form, or the examples of all; raises UsageError for a form that is none."""
    from vlitqa.annotation.exports import EXPORTS, export_held_out_rows
    from vlitqa.annotation.rounds import exports_of
    from vlitqa.catalogue import suggestion
    from vlitqa.cli import screen
    from vlitqa.errors import UsageError

    target = request.target
    if request.form not in EXPORTS:
        raise UsageError(f"--as {request.form!r} is no form of an export.", repair=suggestion(request.form, EXPORTS))
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", repair="Make it, or name another.")
    if request.form != "pool":
        refuse_several(desks, f"--as {request.form}")
    exports = exports_of(desks, request.hold_out)
    _write(target, b"".join(map(EXPORTS[request.form], exports)))
    labels = sum(len(outcome.labels) for export in exports for outcome in export.outcomes.values())
    screen.tell(f"{target}: {labels:,} labels")
    if request.form == "rows" and request.hold_out:
        apart = target.with_name(f"{target.stem}-held-out{target.suffix}")
        _write(apart, export_held_out_rows(exports[0]))
        screen.tell(f"{apart}: the rows that are kept apart")


def _write(target: Path, content: bytes) -> None:
    from vlitqa.storage.atomic import disk_errors, replacing

    with disk_errors(target, "--export FILE"), replacing(target) as file:
        file.write(content)


def refuse_several(desks: Sequence[AnnotationDesk], what: str) -> None:
    """Raises UsageError for several runs where one is meant."""
    from vlitqa.errors import UsageError

    if len(desks) > 1:
        raise UsageError(f"Name one run: {what} is about one.", repair="--report and --as pool take several.")
