"""Temporary files with names that nobody can foresee, locked while their process lives, and swept when it is dead."""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

_NAMES = ".vlitqa-*.tmp"
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def create_temporary(folder: Path) -> tuple[int, Path]:
    """Creates an empty file in a folder; returns its handle, which holds a lock on it, and its path.

    The system drops the lock when the process dies, on whatever machine that is; until then nobody sweeps the file.
    """
    while True:
        path = folder / _NAMES.replace("*", secrets.token_hex(8))
        handle = os.open(path, _NEW, 0o666)
        with suppress(OSError):  # a file system without locks: the file is then never swept either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, path
        os.close(handle)  # it was swept before it was locked


def sweep_temporaries(folder: Path) -> None:
    """Deletes the temporary files of dead processes in a folder; leaves those that it may not open."""
    for path in folder.glob(_NAMES):
        with suppress(OSError):
            _delete_unlocked(path)


def _delete_unlocked(path: Path) -> None:
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), path.lstat()):
            path.unlink()
    finally:
        os.close(handle)
