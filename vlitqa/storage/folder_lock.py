"""Locks on a folder that the system drops when their holder dies; they follow no link and empty no file."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vlitqa.errors import FolderBusy, FolderNotWritable

_LOCK = ".lock"
_OPEN = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def lock_folder(folder: Path) -> int:
    """Takes the lock of a folder; raises FolderBusy if another process holds it."""
    lock = folder / _LOCK
    if lock.is_symlink():
        raise FolderNotWritable(f"{lock} is a link, which no lock is.", repair="Remove it.")
    while True:
        handle, is_new = _open_lock(lock)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 100).decode("utf-8", "replace").strip()
            os.close(handle)
            raise FolderBusy(
                f"Another run ({holder or 'of unknown process'}) writes into {folder}.",
                repair="Wait for it, or name another folder: --output FOLDER.",
            ) from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), lock.lstat()):
                if is_new:
                    os.write(handle, f"process {os.getpid()} on {os.uname().nodename}\n".encode())
                    return handle
                lock.unlink()  # its holder died; a new one is made, because this file may have another name too
        os.close(handle)  # its former holder removed the file between our steps


def unlock_folder(folder: Path, handle: int) -> None:
    """Releases a folder for others."""
    (folder / _LOCK).unlink(missing_ok=True)
    os.close(handle)


@contextmanager
def one_process_at_a_time(folder: Path) -> Iterator[None]:
    """Holds a folder until the block ends, without a file; waits for another process that holds it.

    Some network file systems lock no folder: there nothing is held.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _open_lock(lock: Path) -> tuple[int, bool]:
    """Opens the file of a lock; returns its handle, and True if it was made here."""
    while True:
        with suppress(FileExistsError):
            return os.open(lock, _OPEN | os.O_CREAT | os.O_EXCL, 0o644), True
        with suppress(FileNotFoundError):
            return os.open(lock, _OPEN), False
