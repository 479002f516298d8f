"""Compares a subset with the rows that it was made of, before it takes its name."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from vlitqa.errors import RunError, UnknownFormat, VlitqaError
from vlitqa.reader import Dataset, open_dataset
from vlitqa.records import RawRow, Row


def read_back(path: Path, dataset: Dataset, kept: AbstractSet[int]) -> Dataset | None:
    """Opens a subset that holds the rows that were kept, in their order, and no others; None for one without rows.

    Raises RunError for any other file.
    """
    if not kept:
        return None
    try:
        copy = _open_copy(path, dataset)
        difference = _first_difference(dataset, kept, copy)
    except VlitqaError as error:
        difference = error.message
    if difference:
        raise RunError(
            f"No subset was written: read back, it would not hold the rows that were chosen ({difference}).",
            repair="Nothing was changed. Report this as a fault of vlitqa.",
        )
    return copy


def _open_copy(path: Path, dataset: Dataset) -> Dataset:
    """Opens a subset, by the format of its dataset where the rows that were kept speak for none."""
    reading = replace(dataset.reading, files=())
    try:
        return open_dataset(path, reading)
    except UnknownFormat:
        if dataset.format is None or dataset.reading.format or dataset.reading.mapping:
            raise
        return open_dataset(path, replace(reading, format=dataset.format.name))


def _first_difference(dataset: Dataset, kept: AbstractSet[int], copy: Dataset) -> str:
    """Names the first row that is not what it should be; empty if all are."""
    with dataset.source.stream() as stream, copy.source.stream() as copy_stream:
        rows = (entry for entry in dataset.container.rows(stream) if isinstance(entry, RawRow))
        chosen = (entry for entry in rows if entry.place.row in kept)
        for number, (before, after) in enumerate(zip_longest(chosen, copy.container.rows(copy_stream)), start=1):
            if before is None or not isinstance(after, RawRow) or not _hold_the_same(before.row, after.row):
                return f"row {number:,} of it differs"
    return ""


def _hold_the_same(first: Row, second: Row) -> bool:
    """True for equal rows, though a number in them may be NaN, which equals nothing."""
    return first == second or repr(first) == repr(second)
