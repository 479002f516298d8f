"""Carries a selection out: from a run folder and its dataset to the subset and the ledger."""

from __future__ import annotations

import io
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.containers.subset import write_subset
from vlitqa.errors import RunError, UsageError
from vlitqa.reader import Dataset, Reading, open_dataset
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.source import reopen_dataset
from vlitqa.selection.notation import parse_rule
from vlitqa.selection.rules import UNMEASURED
from vlitqa.selection.selecting import Selection, select
from vlitqa.storage.atomic import disk_errors, replacing

LEDGER = "ledger.parquet"
_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("rule", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("verdict", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRequest:
    """What a user wants to keep, and where it goes."""

    rules: Sequence[str]
    output: Path | None = None
    """The file of the subset; None puts it into the run folder."""
    dataset: Path | None = None
    """Where the dataset is now, if it was moved."""
    seed: int = 0
    drop_unmeasured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionOutcome:
    """The files of a selection, and how many rows each rule dropped."""

    subset: str
    ledger: str
    rows: int
    kept: int
    dropped: Mapping[str, int]
    """By rule; a row that several rules would drop counts for the first."""
    unjudged: Mapping[str, int]
    """By rule: rows that it could not judge, because they were not measured."""
    strict: bool
    """True if rows go that a rule cannot judge."""
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
    _refuse_place(target, dataset.path, ours=ledger.is_file())
    with disk_errors(target.parent):
        with replacing(target) as file:
            write_subset(dataset.source, dataset.container, selection.kept, file)
        with replacing(ledger) as file:
            file.write(_ledger_table(selection))
    _refuse_loss(target, dataset.reading, len(selection.kept))
    return SelectionOutcome(
        subset=str(target),
        ledger=str(ledger),
        rows=len(selection.rows),
        kept=len(selection.kept),
        dropped=dict(selection.dropped_by.most_common()),
        unjudged=dict(Counter(entry.rule for entry in selection.ledger if entry.verdict == UNMEASURED)),
        strict=request.drop_unmeasured,
        rejected=run.card.rejects,
        images=_image_options(run, dataset, target),
    )


def _image_options(run: FinishedRun, dataset: Dataset, target: Path) -> str:
    has_images = any(scored.summary.counts.get("images") for scored in run.card.scored)
    folder = dataset.path.parent
    if not has_images or target.parent.resolve() == folder.resolve():
        return ""
    return " ".join(f"--image-root {shlex.quote(str(root))}" for root in (*run.info.reading.image_roots, folder))


def _refuse_place(target: Path, source: Path, *, ours: bool) -> None:
    """Raises UsageError where a subset would take the place of something that no selection wrote."""
    another = "Name another file: --output FILE."
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", repair="Make it, or name another.")
    if not target.exists():
        return
    if not target.is_file():
        raise UsageError(f"{target} is no file.", repair=another)
    if target.samefile(source):
        raise UsageError(f"{target} is the dataset itself.", repair=another)
    if not ours:
        raise UsageError(f"{target} is there already, and no selection wrote it.", repair=another)


def _ledger_table(selection: Selection) -> bytes:
    columns = [
        [entry.row + 1 for entry in selection.ledger],
        [entry.rule for entry in selection.ledger],
        [entry.value for entry in selection.ledger],
        [entry.threshold for entry in selection.ledger],
        [entry.verdict for entry in selection.ledger],
    ]
    target = io.BytesIO()
    pq.write_table(pa.table(columns, schema=_SCHEMA), target, compression="zstd")
    return target.getvalue()


def _refuse_loss(target: Path, reading: Reading, wanted: int) -> None:
    """Reads the subset back: a row that got lost on the way must not get lost silently."""
    if not wanted:
        return
    with open_dataset(target, reading).entries() as entries:
        written = sum(1 for _ in entries)
    if written != wanted:
        raise RunError(f"{target} holds {written:,} rows instead of {wanted:,}.", repair="Please report this.")
