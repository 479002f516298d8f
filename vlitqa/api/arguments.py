"""Paths and names as a notebook writes them: one, or several in a list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

Paths = str | Path | Sequence[str | Path]
"""One path, or several."""


def listed_paths(paths: Paths) -> list[Path]:
    """All paths."""
    return [Path(paths)] if isinstance(paths, str | Path) else list(map(Path, paths))


def joined_names(names: str | Sequence[str]) -> str:
    """Names as the command line takes them, separated by commas."""
    return names if isinstance(names, str) else ",".join(names)
