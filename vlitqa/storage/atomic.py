"""Files that are written whole or not at all, and errors of a disk as sentences that help."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from vlitqa.errors import DiskFull, FolderNotWritable
from vlitqa.storage.error_numbers import FULL_DISK
from vlitqa.storage.temporary import create_temporary, sweep_temporaries

_REFUSED = frozenset(
    (
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOENT),
        *(errno.ENAMETOOLONG, errno.ELOOP),
    )
)


@contextmanager
def replacing(path: Path) -> Iterator[Any]:
    """Gives a temporary file that replaces the file at a path, and gets its mode, once it is written and safe on disk.

    A link at the path is replaced itself; what it leads to stays as it is.
    """
    sweep_temporaries(path.parent)
    handle, temporary = create_temporary(path.parent)
    try:
        with open(temporary, "wb", opener=lambda *_: handle) as file:  # so that the file knows its name
            yield file
            file.flush()
            _take_mode(handle, path)
            os.fsync(handle)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Gives a temporary folder that takes a free name once it is filled; nothing is left of one that was not."""
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _sync_folder(path.parent)


@contextmanager
def disk_errors(path: Path, option: str = "--output FOLDER") -> Iterator[None]:
    """Turns errors of a disk into errors that a user can repair, by the option that named the path."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL_DISK:
            raise DiskFull(
                f"No space is left in {path}.",
                repair="Free some space and run the same command again: what was done is kept.",
            ) from None
        if error.errno in _REFUSED:
            raise FolderNotWritable(
                f"{path} cannot be written ({error.strerror}).", repair=f"Name another place: {option}."
            ) from None
        raise


def _take_mode(handle: int, path: Path) -> None:
    """Gives an open file the permissions of the file that it will replace, if that is a file."""
    with suppress(OSError):
        earlier = path.lstat().st_mode
        if stat.S_ISREG(earlier):
            os.fchmod(handle, stat.S_IMODE(earlier) & 0o777)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
