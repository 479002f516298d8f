"""Files of sounds, points and depth maps: read whole if they are small enough, and refused if they are not."""

from __future__ import annotations

import stat
from pathlib import Path
from tokenize import TokenError

import numpy as np
from numpy.typing import NDArray

from vlitqa.errors import UsageError

MEDIA_CAP = 64 << 20
"""The most bytes of a file that are read."""
_DAMAGE = (ValueError, OverflowError, EOFError, MemoryError, SyntaxError, TokenError, TypeError, RecursionError)
"""Errors that numpy raises on damaged headers."""
_NUMBERS = "iuf"
"""The kinds of numbers an array may hold: whole ones, with a sign or without, and fractions."""


def read_media(path: Path) -> bytes:
    """The bytes of a file; raises UsageError for one that cannot be read or is too large."""
    check_media(path)
    try:
        with path.open("rb") as file:
            return file.read(MEDIA_CAP)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def check_media(path: Path) -> None:
    """Raises UsageError for what is absent, is no file, or is too large, before anything is read."""
    try:
        status = path.stat()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", repair="Check the path.") from None
    except ValueError:  # a null byte
        raise UsageError(f"{str(path)!r} is no path.", repair="Check the path.") from None
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{path} is no file.", repair="Name a file.")
    if status.st_size > MEDIA_CAP:
        size = f"{status.st_size / (1 << 20):,.0f} MiB"
        raise UsageError(
            f"{path} has {size}, and at most {MEDIA_CAP >> 20} MiB are read.", repair="Cut or thin it out first."
        )


def read_array(path: Path) -> NDArray[np.generic]:
    """The numbers in a .npy file, of any shape; raises UsageError for objects, texts and damaged files."""
    check_media(path)
    repair = "Save it with numpy.save, as an array of numbers."
    try:
        array = np.lib.format.open_memmap(path, mode="r")  # allocates nothing for a shape that the file does not hold
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except _DAMAGE as error:
        reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        raise UsageError(f"{path} is no array that can be read: {reason}.", repair=repair) from None
    if array.dtype.kind not in _NUMBERS:
        raise UsageError(f"{path} holds {array.dtype.name}, and no numbers.", repair=repair)
    return np.array(array)
