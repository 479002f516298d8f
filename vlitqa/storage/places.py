"""Where vlitqa keeps what is its own."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Where measurements and verdicts are kept between runs."""
    chosen = os.environ.get("VLITQA_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(chosen) if chosen else Path(base) / "vlitqa"
