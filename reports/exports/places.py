"""Places of findings as other programs point to them: a file and a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file, and the line in it."""

    file: str
    line: int | None
    """None where rows have no lines of their own."""


def file_place(dataset: str, name: str) -> FilePlace:
    """The place that a finding names as `line 3`, `row 3` or `FILE line 3`, in a dataset of this path."""
    in_file, _, number = name.rpartition(" ")
    file, _, kind = in_file.rpartition(" ")
    path = str(PurePosixPath(dataset) / file) if file else dataset
    return FilePlace(path, int(number.replace(",", "")) if kind == "line" else None)
