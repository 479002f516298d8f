"""What `vlitqa annotate` writes: the labels of one run, or the examples of several rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vlitqa.algorithms.counted import counted
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.annotation.desk import AnnotationDesk
    from vlitqa.annotation.exports import LabelExport

_LINES: Mapping[str, str] = {"pool": "example", "rows": "row"}
"""Forms with a line for each of these."""
_LINE_END = b"\n"


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

    target = request.target
    if request.form not in EXPORTS:
        raise UsageError(f"--as {request.form!r} is no form of an export.", repair=suggestion(request.form, EXPORTS))
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", repair="Make it, or name another.")
    if request.form != "pool":
        refuse_several(desks, f"--as {request.form}")
    apart = target.with_name(f"{target.stem}-held-out{target.suffix}")
    for path in (target, apart):
        _refuse_own_files(desks, path)
    exports = exports_of(desks, request.hold_out)
    content = b"".join(map(EXPORTS[request.form], exports))
    _write(target, content)
    screen.tell(f"{target}: {_size_of(request.form, content, exports)}")
    if request.form == "rows":
        _tell_images(desks[0], target)
    if request.form == "rows" and request.hold_out:
        held_out = export_held_out_rows(exports[0])
        _write(apart, held_out)
        screen.tell(f"{apart}: {counted(held_out.count(_LINE_END), 'row')} kept apart")


def _size_of(form: str, content: bytes, exports: Sequence[LabelExport]) -> str:
    """What an export holds, in words."""
    if form in _LINES:
        return counted(content.count(_LINE_END), _LINES[form])
    labels = sum(len(outcome.labels) for export in exports for outcome in export.outcomes.values())
    return counted(labels, "label")


def _refuse_own_files(desks: Sequence[AnnotationDesk], target: Path) -> None:
    """Raises UsageError for a file that labels or their dataset lie in, which an export would destroy."""
    place = target.resolve()
    for desk in desks:
        rows, labels = desk.dataset.source.path.resolve(), desk.store.path.resolve()
        if place == rows or rows in place.parents or (place.parent, place.stem) == (labels.parent, labels.stem):
            raise UsageError(f"{target} belongs to {desk.dataset.name} or its labels.", repair="Name another file.")


def _tell_images(desk: AnnotationDesk, target: Path) -> None:
    """Says where rows in another folder than their dataset have their images."""
    from vlitqa.cli import screen

    home = desk.dataset.home
    if target.absolute().parent.resolve() != home.resolve():
        screen.tell(f'Their images lie in {home}: --image-root {home}, or images = "{home}" in a mixture.')


def _write(target: Path, content: bytes) -> None:
    from vlitqa.storage.atomic import disk_errors, replacing

    with disk_errors(target, "--export FILE"), replacing(target) as file:
        file.write(content)


def refuse_contradictions(export: Path | None, form: str, *, report: bool) -> None:
    """Raises UsageError for options that do not go together."""
    if form and export is None:
        raise UsageError(f"--as {form} needs a file.", repair="Name it: --export FILE.")
    if export and report:
        raise UsageError("--report and --export are two commands.", repair="Give them one after the other.")


def refuse_several(desks: Sequence[AnnotationDesk], what: str) -> None:
    """Raises UsageError for several runs where one is meant."""
    if len(desks) > 1:
        raise UsageError(f"Name one run: {what} is about one.", repair="--report and --as pool take several.")
