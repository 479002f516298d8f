"""Writes a selection: the rows of the dataset that stay, and the ledger."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from vlitqa.algorithms.counted import counted
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.profiles import read_profile
from vlitqa.backends.toolbox import image_roots_of
from vlitqa.containers.stream import SourceFile
from vlitqa.errors import ImageFault, UsageError
from vlitqa.reader import Dataset
from vlitqa.records import ImageRef, Record
from vlitqa.results.scorecard import ALL_RECORDS
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.source import reopen_dataset
from vlitqa.selection.ledger import LEDGER, UNMEASURED, LedgerMark, ledger_as_parquet, read_ledger_mark
from vlitqa.selection.mixture import SourceYield, source_yields
from vlitqa.selection.notation import parse_rule
from vlitqa.selection.reading_back import read_back
from vlitqa.selection.selecting import Selection, select
from vlitqa.selection.written_subset import name_of_subset, writing_subset
from vlitqa.storage.atomic import disk_errors, replacing
from vlitqa.storage.folder_lock import one_process_at_a_time

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
    unscored: int
    """Rows that the run left out: they are in no subset."""
    sources: tuple[SourceYield, ...]
    """What the subset holds of each source, where the run was scored by them."""
    replaced: bool
    """True if the subset of an earlier selection was replaced."""
    options: str
    """Options that the subset needs to be read as its dataset was; empty where none are needed."""
    tools: str
    """Options that choose the tools that settings beside the dataset chose; empty where the subset has the same."""


def write_selection(run: FinishedRun, request: SelectionRequest) -> SelectionOutcome:
    """Applies the rules, and writes the subset and its ledger together or not at all."""
    rules = [parse_rule(text) for text in request.rules]
    dataset = reopen_dataset(run, request.dataset)
    selection = select(run, rules, seed=request.seed, drop_unmeasured=request.drop_unmeasured)
    _refuse_empty(selection)
    target = request.output or run.folder / name_of_subset(dataset, "selected")
    ledger = target.with_name(LEDGER if request.output is None else f"{target.name}.{LEDGER}")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", repair="Make it, or name another.")
    with disk_errors(target), one_process_at_a_time(target.parent):
        replaced = _digest_to_replace(target, ledger, dataset.path)
        copy = _write_files(dataset, selection, target, ledger, replaced)
    return SelectionOutcome(
        subset=str(target),
        ledger=str(ledger),
        rows=len(selection.rows),
        kept=len(selection.kept),
        dropped=dict(selection.dropped_by.most_common()),
        unjudged=dict(Counter(entry.rule for entry in selection.ledger if entry.verdict == UNMEASURED)),
        strict=request.drop_unmeasured,
        rejected=run.card.rejects,
        unscored=0 if run.card.sample == ALL_RECORDS else len(dataset.record_rows) - len(selection.rows),
        sources=source_yields(run, selection.kept),
        replaced=bool(replaced),
        options=" ".join([*_reading_options(dataset, copy), *_image_options(run, dataset.home, target, copy)]),
        tools=" ".join(_tool_options(dataset.home, target)),
    )


def _refuse_empty(selection: Selection) -> None:
    """Raises UsageError where no row is left, with what each rule dropped: an earlier subset keeps its place."""
    if selection.kept:
        return
    dropped = ", ".join(f"{rule} drops {rows:,}" for rule, rows in selection.dropped_by.most_common())
    raise UsageError(
        f"The rules keep none of {counted(len(selection.rows), 'row')}: {dropped or 'the run measured none'}. "
        "Nothing was written, and no earlier subset was replaced.",
        repair="Ask less: `vlitqa select RUN --what-if METRIC` shows how many rows each threshold keeps.",
    )


def _write_files(dataset: Dataset, selection: Selection, target: Path, ledger: Path, replaced: str) -> Dataset | None:
    """Writes both files; the subset takes its name last, and only if it reads back as the rows that were chosen."""
    with writing_subset(dataset, selection.kept, target) as written:
        copy = read_back(written, dataset, selection.kept)
        digest = copy.sha256 if copy else SourceFile(written).sha256
        mark = LedgerMark(digest, replaced if replaced != digest else "")
        with replacing(ledger) as ledger_file:
            ledger_file.write(ledger_as_parquet(selection.ledger, mark))
    return copy


def _digest_to_replace(target: Path, ledger: Path, source: Path) -> str:
    """Returns the digest of the subset that an earlier selection left there, and an empty text where nothing is.

    Raises UsageError where either file would replace one that no selection wrote, or that was changed since.
    """
    repair = "Name another file: --output FILE."
    for path in (target, ledger):
        if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
            raise UsageError(f"{path} is no ordinary file.", repair=repair)
        if path.exists() and source.exists() and path.samefile(source):
            raise UsageError(f"{path} is the dataset itself.", repair=repair)
    mark = read_ledger_mark(ledger) if ledger.exists() else None
    if ledger.exists() and mark is None:
        raise UsageError(f"{ledger} is there already, and no selection wrote it.", repair=repair)
    if not target.exists():
        return ""
    if mark is None:
        raise UsageError(f"{target} is there already, and no selection wrote it.", repair=repair)
    digest = SourceFile(target).sha256
    if digest not in (mark.subset, mark.replaced):
        raise UsageError(f"{target} was changed since a selection wrote it.", repair=repair)
    return digest


def _reading_options(dataset: Dataset, copy: Dataset | None) -> Iterator[str]:
    """The options by which the dataset was read, and its format where the rows of the subset speak for another."""
    reading, detected = dataset.reading, dataset.format
    if reading.mapping:
        yield f"--map {shlex.quote(','.join(f'{part}={field}' for part, field in reading.mapping.items()))}"
    elif reading.format:
        yield f"--format {shlex.quote(reading.format)}"
    elif detected and copy and copy.format and (copy.reading.format or copy.format.name != detected.name):
        yield f"--format {detected.name}"
    if reading.images:
        yield f"--images {shlex.quote(str(reading.images.absolute()))}"


def _image_options(run: FinishedRun, home: Path, target: Path, copy: Dataset | None) -> list[str]:
    """The options that lead to images which are found from the dataset, and not from the subset without them."""
    roots = tuple(map(Path, run.info.reading.image_roots))
    refs = _first_images(copy) if copy else []
    present = [ref for ref in refs if _opens(ref, image_roots_of(home, roots))]
    if all(_opens(ref, image_roots_of(target.absolute().parent, ())) for ref in present):
        return []
    return [f"--image-root {shlex.quote(str(root.absolute()))}" for root in roots or (home,)]


def _tool_options(home: Path, target: Path) -> Iterator[str]:
    """The options that say what a vlitqa.toml beside the dataset says, where none beside the subset says the same."""
    with suppress(UsageError):  # it was damaged since the dataset was scored: it says nothing any more
        profile = read_profile(home)
        if profile == read_profile(target.absolute().parent):
            return
        yield f"--profile {shlex.quote(profile.name)}"
        yield from (f"--tool {shlex.quote(f'{kind}={tool}')}" for kind, tool in profile.tools.items())


def _first_images(dataset: Dataset) -> list[ImageRef]:
    """The first images that are files."""
    with dataset.entries() as entries:
        refs = (ref for entry in entries if isinstance(entry, Record) for ref in entry.images if ref.data is None)
        return list(islice(refs, _TRIED_IMAGES))


def _opens(ref: ImageRef, roots: Sequence[Path]) -> bool:
    try:
        ImageFolder(tuple(map(str, roots))).look(ref, 1)
    except ImageFault:
        return False
    return True
