"""Writes a selection: the rows of the dataset that stay, and the ledger."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.toolbox import image_roots_of
from vlitqa.containers.subset import write_subset
from vlitqa.errors import ImageFault, RunError, UsageError
from vlitqa.reader import Reading, open_dataset
from vlitqa.records import ImageRef, Record
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.source import reopen_dataset
from vlitqa.selection.ledger import LEDGER, UNMEASURED, ledger_as_parquet
from vlitqa.selection.notation import parse_rule
from vlitqa.selection.selecting import select
from vlitqa.storage.atomic import disk_errors, replacing

_TRIED_IMAGES = 20
"""Images that are opened from where the subset lies, before it is said how they are found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRequest:
    """The rules of a user, and the file that the subset goes into."""

    rules: Sequence[str]
    output: Path | None = None
    """The file of the subset; None for one in the run folder."""
    dataset: Path | None = None
    """The file of the dataset, if it was moved."""
    seed: int = 0
    drop_unmeasured: bool = False
    """True to drop rows that a rule cannot judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionOutcome:
    """The files of a selection, and the number of rows that each rule dropped."""

    subset: str
    ledger: str
    rows: int
    kept: int
    dropped: Mapping[str, int]
    """By rule; a row that several rules would drop counts for the first."""
    unjudged: Mapping[str, int]
    """By rule; rows that it could not judge, because they were not measured."""
    strict: bool
    """True if rows that a rule cannot judge are dropped."""
    rejected: int
    """Rows that could not be read when the dataset was scored: they are in no subset."""
    images: str
    """Options that lead to its images from where the subset lies; empty where none are needed."""


def write_selection(run: FinishedRun, request: SelectionRequest) -> SelectionOutcome:
    """Applies the rules, and writes the subset and the ledger whole or not at all."""
    rules = [parse_rule(text) for text in request.rules]
    dataset = reopen_dataset(run, request.dataset)
    selection = select(run, rules, seed=request.seed, drop_unmeasured=request.drop_unmeasured)
    target = request.output or run.folder / f"selected{''.join(dataset.path.suffixes)}"
    ledger = target.with_name(LEDGER if request.output is None else f"{target.name}.{LEDGER}")
    _refuse_place(target, dataset.path, is_subset=ledger.is_file())
    with disk_errors(target.parent):
        with replacing(target) as file:
            write_subset(dataset.source, dataset.container, selection.kept, file)
        with replacing(ledger) as file:
            file.write(ledger_as_parquet(selection.ledger))
    refs = _read_back(target, dataset.reading, len(selection.kept))
    return SelectionOutcome(
        subset=str(target),
        ledger=str(ledger),
        rows=len(selection.rows),
        kept=len(selection.kept),
        dropped=dict(selection.dropped_by.most_common()),
        unjudged=dict(Counter(entry.rule for entry in selection.ledger if entry.verdict == UNMEASURED)),
        strict=request.drop_unmeasured,
        rejected=run.card.rejects,
        images=_image_options(run, dataset.path, target, refs),
    )


def _image_options(run: FinishedRun, dataset: Path, target: Path, refs: Sequence[ImageRef]) -> str:
    """The options that lead to images which are found from the dataset, and not from the subset without them."""
    roots = tuple(map(Path, run.info.reading.image_roots))
    present = [ref for ref in refs if _opens(ref, image_roots_of(dataset, roots))]
    if all(_opens(ref, image_roots_of(target, ())) for ref in present):
        return ""
    return " ".join(f"--image-root {shlex.quote(str(root.absolute()))}" for root in roots or (dataset.parent,))


def _opens(ref: ImageRef, roots: Sequence[Path]) -> bool:
    try:
        ImageFolder(tuple(map(str, roots))).look(ref, 1)
    except ImageFault:
        return False
    return True


def _refuse_place(target: Path, source: Path, *, is_subset: bool) -> None:
    """Raises UsageError where a subset would replace a file that no selection wrote."""
    repair = "Name another file: --output FILE."
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", repair="Make it, or name another.")
    if not target.exists():
        return
    if not target.is_file():
        raise UsageError(f"{target} is no file.", repair=repair)
    if target.samefile(source):
        raise UsageError(f"{target} is the dataset itself.", repair=repair)
    if not is_subset:
        raise UsageError(f"{target} is there already, and no selection wrote it.", repair=repair)


def _read_back(target: Path, reading: Reading, expected: int) -> list[ImageRef]:
    """Reads the subset back and returns its first images that are files; raises RunError if a row is missing."""
    if not expected:
        return []
    written, refs = 0, list[ImageRef]()
    with open_dataset(target, reading).entries() as entries:
        for entry in entries:
            written += 1
            if isinstance(entry, Record) and len(refs) < _TRIED_IMAGES:
                refs += [ref for ref in entry.images if ref.data is None]
    if written != expected:
        raise RunError(
            f"{target} holds {written:,} rows instead of {expected:,}.", repair="Report this as a fault of vlitqa."
        )
    return refs
