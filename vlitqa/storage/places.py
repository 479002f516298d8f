"""Places in which vlitqa keeps its own files."""

from __future__ import annotations

import os
from pathlib import Path

SHIPPED = Path(__file__).parents[1] / "shapes" / "weights"
"""The folder of the models of drawn shapes, whose weights come with vlitqa."""


def cache_folder() -> Path:
    """Returns the folder in which measurements and verdicts are kept between runs."""
    chosen = os.environ.get("VLITQA_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(chosen) if chosen else Path(base) / "vlitqa"
