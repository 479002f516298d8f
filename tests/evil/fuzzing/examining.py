"""What vlitqa must do with any file: account for each row, and write subsets that read back, or refuse in words."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vlitqa.containers.subset import write_subset
from vlitqa.errors import DatasetError, RunError
from vlitqa.reader import Dataset, open_dataset
from vlitqa.records import Record, Reject
from vlitqa.selection.reading_back import read_back

_REFUSALS = (DatasetError, RunError)


@dataclass(frozen=True, slots=True)
class Examination:
    """What became of one file."""

    fault: str = ""
    """What vlitqa did wrong; empty if nothing."""
    refused: str = ""
    """The sentence by which the file was refused."""
    subset_refused: str = ""
    """The sentence by which a subset was refused."""
    records: int = 0


def examine(path: Path) -> Examination:
    """Reads a file and writes subsets of it beside it."""
    try:
        return _examine(path)
    except BaseException:  # noqa: BLE001 - whatever escapes would be a traceback
        return Examination(fault=traceback.format_exc())


def _examine(path: Path) -> Examination:
    try:
        dataset = open_dataset(path)
        with dataset.entries() as rows:
            entries = list(rows)
    except _REFUSALS as error:
        return Examination(refused=error.message)
    records = [entry.place.row for entry in entries if isinstance(entry, Record)]
    return Examination(
        fault=_missing_rows(dataset, entries) or _unsorted(records),
        subset_refused=_write_subsets(dataset, records, path.with_suffix(".copy")),
        records=len(records),
    )


def _missing_rows(dataset: Dataset, entries: Sequence[Record | Reject]) -> str:
    """Names the rows that are neither records nor rejects; a damaged row group of Parquet is one reject."""
    expected = 0
    ends_group = False
    for entry in entries:
        row = entry.place.row
        if row > expected and not (ends_group and dataset.container.name == "parquet"):
            return f"rows {expected} to {row - 1} are neither records nor rejects"
        expected = max(expected, row + 1)
        ends_group = isinstance(entry, Reject) and entry.code == "truncated"
    return ""


def _unsorted(rows: Sequence[int]) -> str:
    return "" if list(rows) == sorted(set(rows)) else "a row is there twice, or out of order"


def _write_subsets(dataset: Dataset, records: Sequence[int], copy: Path) -> str:
    """Writes all records, every second one, the first and the last; gives the sentence by which one is refused."""
    for kept in {frozenset(rows) for rows in (records, records[::2], records[:1], records[-1:])}:
        try:
            with copy.open("wb") as file:
                write_subset(dataset.source, dataset.container, kept, file)
            read_back(copy, dataset, kept)
        except _REFUSALS as error:
            return error.message
    return ""
