"""Bytes by key in one SQLite file that heals itself: write-ahead log, checksums, many threads and processes."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vlitqa.errors import DiskFull, FolderNotWritable, RunError

_KEYS_PER_QUERY = 500
"""SQLite allows at least 999 variables."""
_PATIENCE = 60.0
"""Seconds to wait for another process that writes into the same file."""
_CHECKSUM_BYTES = 4
"""Before each value: SQLite has no checksums, and a flipped bit must not become a score."""
_FULL = frozenset(("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "ENOSPC", "EDQUOT", "EFBIG"))
_DAMAGED = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


@dataclass(frozen=True, slots=True)
class StoreNames:
    """What a store is called, in its file and in sentences."""

    table: str
    title: str
    """Such as `The cache`."""
    when_full: str
    """What a user keeps although the disk is full."""


class KeyedStore:
    """Keeps bytes by key; a damaged file is put aside and a new one begun."""

    def __init__(self, path: Path, names: StoreNames) -> None:
        self.path, self._names = path, names
        self.note = ""
        """A sentence about a damaged file that was put aside; empty where none was."""
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            try:
                self._database = _connect(path, names.table)
            except sqlite3.DatabaseError as error:
                self._begin_anew(error)
        except (OSError, sqlite3.Error) as error:
            raise _repairable(error, path, names) from None

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """The values of the keys that are there and undamaged."""
        values = {}
        with self._lock:
            try:
                for start in range(0, len(keys), _KEYS_PER_QUERY):
                    part = keys[start : start + _KEYS_PER_QUERY]
                    marks = ",".join("?" * len(part))
                    query = f"SELECT key, value FROM {self._names.table} WHERE key IN ({marks})"
                    for key, content in self._database.execute(query, part):
                        if (value := _checked(key, content)) is not None:
                            values[key] = value
            except sqlite3.Error as error:
                self._mend(error)
        return values

    def put(self, values: Sequence[tuple[bytes, bytes]]) -> None:
        """Keeps values, all or none of them."""
        rows = [(key, _checksum(key, value) + value) for key, value in values]
        with self._lock:
            try:
                self._write(rows)
            except sqlite3.Error as error:
                self._mend(error, rows)

    def close(self) -> None:
        """Closes the file; what could not be tidied is tidied by the next run."""
        with self._lock, suppress(sqlite3.Error):
            self._database.close()

    def _write(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        with self._database:
            self._database.executemany(f"INSERT OR REPLACE INTO {self._names.table} VALUES (?, ?)", rows)

    def _mend(self, error: sqlite3.Error, rows: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Begins anew, with these rows, if the file is damaged; raises what a user can repair otherwise."""
        try:
            self._begin_anew(error)
            self._write(rows)
        except (OSError, sqlite3.Error) as worse:
            raise _repairable(worse, self.path, self._names) from None

    def _begin_anew(self, error: sqlite3.Error) -> None:
        """Puts a damaged file aside; raises any other error again."""
        if _code(error) not in _DAMAGED:
            raise error
        with suppress(AttributeError):  # it may never have been opened
            self._database.close()
        aside = self.path.with_suffix(f".damaged-{time.time_ns()}")
        self.path.replace(aside)
        for ending in ("-wal", "-shm"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)
        self.path.touch(mode=0o600)
        self._database = _connect(self.path, self._names.table)
        self.note = f"{self._names.title} was damaged and put aside as {aside}; a new one is begun."


def _connect(path: Path, table: str) -> sqlite3.Connection:
    """An open database; waits while another process opens or closes it, which SQLite itself does not always do."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        database = sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False)
        database.text_factory = bytes
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(f"CREATE TABLE IF NOT EXISTS {table} (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
            database.execute(f"SELECT key FROM {table} LIMIT 1").fetchall()
        except sqlite3.Error as error:
            database.close()
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return database


def _checksum(key: bytes, value: bytes) -> bytes:
    return zlib.crc32(key + value).to_bytes(_CHECKSUM_BYTES, "little")


def _checked(key: bytes, content: object) -> bytes | None:
    """The value as it was kept, or None where its bytes have changed since."""
    if not isinstance(content, bytes):
        return None
    value = content[_CHECKSUM_BYTES:]
    return value if content[:_CHECKSUM_BYTES] == _checksum(key, value) else None


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 where it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _repairable(error: Exception, path: Path, names: StoreNames) -> RunError:
    """The fault of SQLite or the system as an error that a user can repair."""
    if isinstance(error, OSError):
        name = errno.errorcode.get(error.errno or 0, "")
    else:
        name = getattr(error, "sqlite_errorname", "")
    if name in _FULL:
        return DiskFull(
            f"No space is left for the cache {path}, or a limit on the size of a file is reached.",
            repair="Free some space, or name another folder in VLITQA_CACHE, and run the same command again: "
            f"{names.when_full}",
        )
    if isinstance(error, OSError) or name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return FolderNotWritable(
            f"The cache {path} cannot be written ({error}).", repair="Name another folder in VLITQA_CACHE."
        )
    return RunError(f"The cache {path} failed ({error}).", repair="Delete the file and run the same command again.")
