"""Bytes by key in one SQLite file that heals itself: write-ahead log, checksums, many threads and processes."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vlitqa.errors import DiskFull, FolderNotWritable, RunError

_KEYS_PER_QUERY = 500
"""SQLite allows at least 999 variables."""
_WAIT_SECONDS = 60.0
"""Time to wait for another process that writes into the same file."""
_CHECKSUM_BYTES = 4
"""They stand before each value: SQLite has no checksums, and a flipped bit must not become a score."""
_FULL_DISK_NAMES = frozenset(("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "ENOSPC", "EDQUOT", "EFBIG"))
_DAMAGED_CODES = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


@dataclass(frozen=True, slots=True)
class StoreNames:
    """The names of a store, in its file and in sentences."""

    table: str
    title: str
    """Such as `The cache`."""
    when_full: str
    """The end of a sentence about a full disk: what a user does not lose."""


class KeyedStore:
    """Keeps bytes by key; a damaged file is put aside and a new one begun."""

    def __init__(self, path: Path, names: StoreNames, *, is_durable: bool = False) -> None:
        """Opens the file; a durable store waits for the disk with every value, for what cannot be had again."""
        self.path, self._names = path, names
        self._synchronous = "FULL" if is_durable else "NORMAL"
        self.note = ""
        """A sentence about a damaged file that was put aside; empty where none was."""
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            try:
                self._database = _connect(path, names.table, self._synchronous)
            except sqlite3.DatabaseError as error:
                self._begin_anew(error)
        except (OSError, sqlite3.Error) as error:
            raise _as_run_error(error, path, names) from None

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Returns the values of the keys that are in the store and undamaged."""
        values = {}
        with self._lock:
            try:
                for start in range(0, len(keys), _KEYS_PER_QUERY):
                    part = keys[start : start + _KEYS_PER_QUERY]
                    variables = ",".join("?" * len(part))
                    query = f"SELECT key, value FROM {self._names.table} WHERE key IN ({variables})"
                    for key, content in self._database.execute(query, part):
                        if (value := _intact_value(key, content)) is not None:
                            values[key] = value
            except sqlite3.Error as error:
                self._repair(error)
        return values

    def values(self) -> Iterator[bytes]:
        """Yields all values that are undamaged, in no certain order."""
        with self._lock:
            rows = self._database.execute(f"SELECT key, value FROM {self._names.table}").fetchall()
        yield from (value for key, content in rows if (value := _intact_value(key, content)) is not None)

    def put(self, values: Sequence[tuple[bytes, bytes]]) -> None:
        """Keeps values, all or none of them."""
        rows = [(key, _checksum(key, value) + value) for key, value in values]
        with self._lock:
            try:
                self._write(rows)
            except sqlite3.Error as error:
                self._repair(error, rows)

    def close(self) -> None:
        """Closes the file; the next run tidies up what this one could not."""
        with self._lock, suppress(sqlite3.Error):
            self._database.close()

    def _write(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        with self._database:
            self._database.executemany(f"INSERT OR REPLACE INTO {self._names.table} VALUES (?, ?)", rows)

    def _repair(self, error: sqlite3.Error, rows: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Begins a new file with these rows if the old one is damaged; else raises an error that a user can repair."""
        try:
            self._begin_anew(error)
            self._write(rows)
        except (OSError, sqlite3.Error) as worse:
            raise _as_run_error(worse, self.path, self._names) from None

    def _begin_anew(self, error: sqlite3.Error) -> None:
        """Puts a damaged file aside; raises any other error again."""
        if _result_code(error) not in _DAMAGED_CODES:
            raise error
        with suppress(AttributeError):  # it may never have been opened
            self._database.close()
        aside = self.path.with_suffix(f".damaged-{time.time_ns()}")
        self.path.replace(aside)
        for ending in ("-wal", "-shm"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)
        self.path.touch(mode=0o600)
        self._database = _connect(self.path, self._names.table, self._synchronous)
        self.note = f"{self._names.title} was damaged and put aside as {aside}; a new one is begun."


def _connect(path: Path, table: str, synchronous: str) -> sqlite3.Connection:
    """Opens a database; waits while another process opens or closes it, which SQLite itself does not always do."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        database = sqlite3.connect(path, timeout=_WAIT_SECONDS, check_same_thread=False)
        database.text_factory = bytes
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA synchronous = {synchronous}")
            database.execute(f"CREATE TABLE IF NOT EXISTS {table} (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
            database.execute(f"SELECT key FROM {table} LIMIT 1").fetchall()
        except sqlite3.Error as error:
            database.close()
            if _result_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return database


def _checksum(key: bytes, value: bytes) -> bytes:
    return zlib.crc32(key + value).to_bytes(_CHECKSUM_BYTES, "little")


def _intact_value(key: bytes, content: object) -> bytes | None:
    """Returns the value as it was kept, or None if its bytes have changed since."""
    if not isinstance(content, bytes):
        return None
    value = content[_CHECKSUM_BYTES:]
    return value if content[:_CHECKSUM_BYTES] == _checksum(key, value) else None


def _result_code(error: sqlite3.Error) -> int:
    """Returns SQLite's primary result code; 0 for an error without one."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _as_run_error(error: Exception, path: Path, names: StoreNames) -> RunError:
    """Returns the error of SQLite or the system as one that a user can repair."""
    if isinstance(error, OSError):
        name = errno.errorcode.get(error.errno or 0, "")
    else:
        name = getattr(error, "sqlite_errorname", "")
    if name in _FULL_DISK_NAMES:
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
