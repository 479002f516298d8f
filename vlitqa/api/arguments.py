"""Arguments as a notebook writes them: paths and names, one or several, and mappings of names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from vlitqa.errors import UsageError

Paths = str | Path | Sequence[str | Path]
"""One path, or several."""
_Value = TypeVar("_Value")


def listed_paths(paths: Paths | None) -> list[Path]:
    """All paths; raises UsageError for what is none."""
    listed = [paths] if isinstance(paths, str | Path) else paths or ()
    if not isinstance(listed, list | tuple) or not all(isinstance(path, str | Path) for path in listed):
        raise UsageError(f"{paths!r:.80} is no path and no list of paths.", repair="Name files or folders.")
    return [Path(path) for path in listed]


def joined_names(names: str | Sequence[str]) -> str:
    """Names as the command line takes them, separated by commas; raises UsageError for what are no names."""
    listed = [names] if isinstance(names, str) else names
    if not isinstance(listed, list | tuple) or not all(isinstance(name, str) for name in listed):
        raise UsageError(f"{names!r:.80} is no name and no list of names.", repair="Write texts, one or a list.")
    return ",".join(listed)


def items_of(argument: str, values: Mapping[str, _Value] | None) -> Iterable[tuple[str, _Value]]:
    """The items of an argument that is a dict, or left out; raises UsageError for anything else."""
    if values is not None and not isinstance(values, Mapping):
        raise UsageError(f"`{argument}` is {values!r:.80}, and no dict.", repair="Write a dict, or leave it out.")
    return (values or {}).items()
