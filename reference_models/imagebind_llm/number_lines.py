"""Tables of numbers in files of text."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vlitqa.errors import UsageError


def parse_number_lines(data: bytes, path: Path, row: str, repair: str) -> NDArray[np.float64]:
    """Numbers between spaces or commas, a row a line; a line after # is a comment.  # (rows, columns)

    Raises UsageError for what is none, in words of what a row is.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of a file without lines, which is refused later
            return np.loadtxt(BytesIO(data.replace(b",", b" ")), ndmin=2, encoding="utf-8")
    except ValueError as error:
        reason = str(error).splitlines()[0][:100].rstrip(".")
        raise UsageError(f"{path} holds what is no {row}: {reason}.", repair=repair) from None
