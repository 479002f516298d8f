"""Disks that are full or refuse to be written, also where safetensors meets them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from vlitqa.storage.atomic import disk_errors

_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")


@contextmanager
def weight_disk_errors(path: Path) -> Iterator[None]:
    """Turns an error of a disk under weights into one that a user can repair."""
    with disk_errors(path):
        try:
            yield
        except SafetensorError as error:
            number = _SYSTEM_ERROR.search(str(error))  # it keeps the number of the system's error only in its text
            if number is None:
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from None
