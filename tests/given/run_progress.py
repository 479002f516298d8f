"""How far a run is that writes `runs` and `cache` below a folder, as another process sees it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def has_begun(folder: Path) -> bool:
    """True once the run holds its folder."""
    return bool([*(folder / "runs").glob("*/.lock")])


def has_measured(folder: Path) -> bool:
    """True once measurements have reached the cache."""
    return cached_measurements(folder) > 0


def cached_measurements(folder: Path) -> int:
    """The number of measurements in the cache; 0 while it cannot be read."""
    address = f"file:{folder / 'cache' / 'measurements.sqlite'}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM measurement").fetchone()[0])
    except sqlite3.Error:
        return 0


def inode_of(folder: Path, name: str) -> int:
    """Changes whenever the run puts a new file of this name in place; 0 while there is none."""
    return next((path.stat().st_ino for path in (folder / "runs").glob(f"*/{name}")), 0)
