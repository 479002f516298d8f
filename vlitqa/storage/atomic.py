"""Files that are written whole or not at all, and errors of a disk as sentences that help."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vlitqa.errors import DiskFull, FolderNotWritable


@contextmanager
def replacing(path: Path) -> Iterator[Any]:
    """Gives a temporary file that replaces the file at a path once it is written and safe on disk."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns errors of a disk into errors that a user can repair."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(
                f"No space is left in {path}.",
                repair="Free some space and run the same command again: what was measured is in the cache.",
            ) from None
        if error.errno in (
            errno.EACCES,
            errno.EPERM,
            errno.EROFS,
            errno.ENOTDIR,
            errno.EISDIR,
            errno.EEXIST,
            errno.ENOENT,
        ):
            raise FolderNotWritable(
                f"{path} cannot be written ({error.strerror}).", repair="Name another folder: --output FOLDER."
            ) from None
        raise


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
