"""Measurements that were already made, in one SQLite file: JSON values, write-ahead log, one writer."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import orjson

from vlitqa.errors import DiskFull, FolderNotWritable, RunError
from vlitqa.results import Measurement, Status

_AT_ONCE = 500
"""Keys in one query: SQLite allows at least 999 variables."""
_UNCERTAIN = frozenset((Status.WORKER_KILLED, Status.JUDGE_UNAVAILABLE, Status.NOT_MEASURED))
"""What another try could change is never kept."""


class Cache:
    """Looks measurements up by a digest of everything that could change them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "measurements.sqlite"
        self.note = ""
        """Set when a damaged file was put aside."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._database = self._opened()
        except (OSError, sqlite3.OperationalError) as error:
            raise _translated(error, self.path) from None

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, Measurement]:
        """The measurements that are known; their place and id are those of nobody."""
        found = {}
        try:
            for start in range(0, len(keys), _AT_ONCE):
                part = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, value FROM measurement WHERE key IN ({marks})"
                for key, value in self._database.execute(query, part):
                    number, status, reason, evidence = orjson.loads(value)
                    found[key] = Measurement(number, Status(status), reason, evidence)
        except sqlite3.Error as error:
            raise _translated(error, self.path) from None
        return found

    def put(self, made: Iterable[tuple[bytes, Measurement]]) -> None:
        """Keeps measurements, all or none of them."""
        rows = [
            (key, orjson.dumps((each.value, each.status.value, each.reason, each.evidence)).decode())
            for key, each in made
            if each.status not in _UNCERTAIN
        ]
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO measurement VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            raise _translated(error, self.path) from None

    def close(self) -> None:
        self._database.close()

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connected(self.path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            aside = self.path.with_suffix(f".damaged-{int(time.time())}")
            self.path.replace(aside)
            for ending in ("-wal", "-shm"):
                Path(f"{self.path}{ending}").unlink(missing_ok=True)
            self.note = f"The cache was damaged and put aside as {aside}; a new one is begun."
            return _connected(self.path)


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=60.0)
    path.chmod(0o600)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE IF NOT EXISTS measurement (key BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID")
    database.execute("SELECT key FROM measurement LIMIT 1").fetchall()
    return database


def _translated(error: Exception, path: Path) -> RunError:
    said = str(error).lower()
    if "full" in said or "no space" in said:
        return DiskFull(
            f"No space is left for the cache {path}.",
            repair="Free some space, or name another folder in VLITQA_CACHE, and run the same command again: "
            "nothing that was measured is lost.",
        )
    if "readonly" in said or "unable to open" in said or isinstance(error, OSError):
        return FolderNotWritable(
            f"The cache {path} cannot be written ({error}).", repair="Name another folder in VLITQA_CACHE."
        )
    return RunError(f"The cache {path} failed ({error}).", repair="Delete the file and run the same command again.")
