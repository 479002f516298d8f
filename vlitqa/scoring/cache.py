"""Measurements that were already made, in one SQLite file: JSON values, write-ahead log, one writer."""

from __future__ import annotations

import errno
import sqlite3
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import orjson

from vlitqa.errors import DiskFull, FolderNotWritable, RunError
from vlitqa.results import Measurement, Status

_AT_ONCE = 500
"""Keys in one query: SQLite allows at least 999 variables."""
_WAIT = 60.0
"""Seconds to wait for another run that writes into the same cache."""
_UNCERTAIN = frozenset((Status.FAILED, Status.WORKER_KILLED, Status.JUDGE_UNAVAILABLE, Status.NOT_MEASURED))
"""What another try could change is never kept."""
_CHECK = 4
"""Bytes of the checksum before each value: SQLite has none, and a flipped bit must not become a score."""
_FULL = frozenset(("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "ENOSPC", "EDQUOT", "EFBIG"))
_DAMAGED = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


class Cache:
    """Looks measurements up by a digest of everything that could change them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "measurements.sqlite"
        self.note = ""
        """Set when a damaged file was put aside."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
            try:
                self._database = _connected(self.path)
            except sqlite3.DatabaseError as error:
                self._begin_anew(error)
        except (OSError, sqlite3.Error) as error:
            raise _translated(error, self.path) from None

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, Measurement]:
        """The measurements that are known; their place and id are those of nobody."""
        found = {}
        try:
            for start in range(0, len(keys), _AT_ONCE):
                part = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, value FROM measurement WHERE key IN ({marks})"
                for key, packed in self._database.execute(query, part):
                    if (measurement := _unpacked(key, packed)) is not None:
                        found[key] = measurement
        except sqlite3.Error as error:
            self._mend(error)
        return found

    def put(self, made: Iterable[tuple[bytes, Measurement]]) -> None:
        """Keeps measurements, all or none of them."""
        rows = [(key, _packed(key, each)) for key, each in made if each.status not in _UNCERTAIN]
        try:
            self._write(rows)
        except sqlite3.Error as error:
            self._mend(error, rows)

    def close(self) -> None:
        with suppress(sqlite3.Error):  # what could not be tidied is tidied by the next run
            self._database.close()

    def _write(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO measurement VALUES (?, ?)", rows)

    def _mend(self, error: sqlite3.Error, rows: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Begins anew, with these rows, if the file is damaged; raises what a user can repair otherwise."""
        try:
            self._begin_anew(error)
            self._write(rows)
        except (OSError, sqlite3.Error) as worse:
            raise _translated(worse, self.path) from None

    def _begin_anew(self, error: sqlite3.Error) -> None:
        """Puts a damaged file aside; raises any other error again."""
        if _code(error) not in _DAMAGED:
            raise error
        with suppress(AttributeError):  # it may never have been opened
            self._database.close()
        aside = self.path.with_suffix(f".damaged-{int(time.time())}")
        self.path.replace(aside)
        for ending in ("-wal", "-shm"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)
        self.path.touch(mode=0o600)
        self._database = _connected(self.path)
        self.note = f"The cache was damaged and put aside as {aside}; a new one is begun."


def _connected(path: Path) -> sqlite3.Connection:
    """An open database; waits while another process opens or closes it, which SQLite itself does not always do."""
    deadline = time.monotonic() + _WAIT
    while True:
        database = sqlite3.connect(path, timeout=_WAIT)
        database.text_factory = bytes
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("CREATE TABLE IF NOT EXISTS measurement (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
            database.execute("SELECT key FROM measurement LIMIT 1").fetchall()
        except sqlite3.Error as error:
            database.close()
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return database


def _packed(key: bytes, measurement: Measurement) -> bytes:
    each = measurement
    value = orjson.dumps((each.value, each.status.value, each.reason, each.evidence))
    return zlib.crc32(key + value).to_bytes(_CHECK, "little") + value


def _unpacked(key: bytes, packed: object) -> Measurement | None:
    """A measurement as it was kept, or None where its bytes have changed since."""
    if not isinstance(packed, bytes) or zlib.crc32(key + packed[_CHECK:]).to_bytes(_CHECK, "little") != packed[:_CHECK]:
        return None
    number, status, reason, evidence = orjson.loads(packed[_CHECK:])
    return Measurement(number, Status(status), reason, evidence)


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 where it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _translated(error: Exception, path: Path) -> RunError:
    """What SQLite or the system says, as something that a user can repair."""
    if isinstance(error, OSError):
        name = errno.errorcode.get(error.errno or 0, "")
    else:
        name = getattr(error, "sqlite_errorname", "")
    if name in _FULL:
        return DiskFull(
            f"No space is left for the cache {path}, or a limit on the size of a file is reached.",
            repair="Free some space, or name another folder in VLITQA_CACHE, and run the same command again: "
            "nothing that was measured is lost.",
        )
    if isinstance(error, OSError) or name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return FolderNotWritable(
            f"The cache {path} cannot be written ({error}).", repair="Name another folder in VLITQA_CACHE."
        )
    return RunError(f"The cache {path} failed ({error}).", repair="Delete the file and run the same command again.")
