"""Places in which vlitqa keeps its own files."""

from __future__ import annotations

import os
from pathlib import Path

SHIPPED = Path(__file__).parents[1] / "shapes" / "weights"
"""The folder of the models of drawn shapes, whose weights come with vlitqa."""


def cache_folder() -> Path:
    """Returns the folder in which measurements and verdicts are kept between runs."""
    chosen = os.environ.get("VLITQA_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or home_folder() / ".cache"
    return Path(chosen) if chosen else Path(base) / "vlitqa"


def home_folder() -> Path:
    """Returns the home of this user; the root folder for a user that the system does not know, as containers do."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def spell_path(path: str) -> str:
    """Returns a path as text that every file can hold: bytes of a name that are not UTF-8 are spelt as \\xff."""
    return os.fsencode(path).decode(errors="backslashreplace")
