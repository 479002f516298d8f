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
from vlitqa.reader import Reading, open_dataset
from vlitqa.results import Scorecard
from vlitqa.runs.folder import read_scorecard
from vlitqa.runs.source import RunSource, source_of
from vlitqa.selection.rules import rule_of
from vlitqa.selection.selecting import UNMEASURED, Scores, Selection, select
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


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user wants to keep, and where it goes."""

    rules: Sequence[str]
    output: Path | None = None
    """The file of the subset; None puts it into the run folder."""
    dataset: Path | None = None
    """Where the dataset is now, if it was moved."""
    drop_unmeasured: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What a selection came to."""

    subset: str
    ledger: str
    rows: int
    kept: int
    dropped: Mapping[str, int]
    """By rule; a row that several rules would drop counts for the first."""
    unjudged: Mapping[str, int]
    """By rule: rows that it could not judge, because they were not measured."""
    strict: bool
    """Whether rows that a rule cannot judge go."""
    rejected: int
    """Rows that could not be read when the dataset was scored: they are in no subset."""
    images: str
    """Options that lead to its images from where the subset lies; empty where none are needed."""


def scores_of(run: Path, seed: int = 0) -> Scores:
    """What a finished run stored of its rows."""
    card = read_scorecard(run)
    return Scores(run, [each.metric for each in card.scored], seed)


def write_selection(run: Path, scores: Scores, wish: Wish) -> Made:
    """Applies the rules, and writes the subset and the ledger whole or not at all."""
    card = read_scorecard(run)
    parsed = [rule_of(text) for text in wish.rules]
    found = source_of(run, wish.dataset)
    source, reading = found.path, found.reading
    selection = select(scores, parsed, drop_unmeasured=wish.drop_unmeasured)
    target = wish.output or run / f"selected{''.join(source.suffixes)}"
    ledger = target.with_name(LEDGER if wish.output is None else f"{target.name}.{LEDGER}")
    _refuse_place(target, source, ours=ledger.is_file())
    container = open_dataset(source, reading).container
    with disk_errors(target.parent):
        with replacing(target) as file:
            write_subset(source, container, selection.kept, file)
        with replacing(ledger) as file:
            file.write(_ledger(selection))
    _refuse_loss(target, reading, len(selection.kept))
    return Made(
        subset=str(target),
        ledger=str(ledger),
        rows=len(selection.rows),
        kept=len(selection.kept),
        dropped=dict(selection.dropped_by.most_common()),
        unjudged=dict(Counter(entry.rule for entry in selection.ledger if entry.verdict == UNMEASURED)),
        strict=wish.drop_unmeasured,
        rejected=card.rejects,
        images=_images(card, found, target),
    )


def _images(card: Scorecard, found: RunSource, target: Path) -> str:
    there = any(each.metric == "integrity" and each.summary.counts.get("images") for each in card.scored)
    if not there or target.parent.resolve() == found.path.parent.resolve():
        return ""
    return " ".join(f"--image-root {shlex.quote(str(root))}" for root in (*found.image_roots, found.path.parent))


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


def _ledger(selection: Selection) -> bytes:
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
    dataset = open_dataset(target, reading) if wanted else None
    if dataset is None:
        return
    with dataset.entries() as entries:
        found = sum(1 for _ in entries)
    if found != wanted:
        raise RunError(f"{target} holds {found:,} rows instead of {wanted:,}.", repair="Please report this.")
