"""Motion as ImageBind feels it: acceleration and rotation along three axes, in a fixed number of steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models.imagebind_llm.input_tokens import IMU_CHANNELS
from reference_models.imagebind_llm.media_files import read_array, read_media
from reference_models.imagebind_llm.number_lines import parse_number_lines
from vlitqa.errors import UsageError

MOTION_ENDINGS = (".csv", ".npy", ".txt")
_FEWEST_ROWS = 2
_REPAIR = "Give a row six columns: acceleration along x, y and z, then rotation. Leave out the time."


def read_motion(path: Path, *, steps: int = 2000) -> Tensor:
    """The whole of a recording, which was five seconds in training, in so many steps.  # (6, steps)"""
    rows = _read_rows(path)  # (rows, columns)
    if rows.ndim != 2 or (rows.size and rows.shape[1] != IMU_CHANNELS):
        shape = " x ".join(map(str, rows.shape)) or "one number"
        raise UsageError(f"{path} has the shape {shape}, not rows x {IMU_CHANNELS}.", repair=_REPAIR)
    if len(rows) < _FEWEST_ROWS or not rows.size:
        message = f"{path} has {len(rows) if rows.size else 0} rows, and at least {_FEWEST_ROWS} are needed."
        raise UsageError(message, repair="Name a longer recording.")
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number stays none, and is refused
        values = rows.astype(np.float32)  # (rows, 6)
    is_number = np.isfinite(values).all(axis=1)  # (rows)
    if not is_number.all():
        row = int(is_number.argmin()) + 1
        raise UsageError(f"{path} has a row that is no number, row {row}.", repair="Leave such rows out.")
    return torch.from_numpy(resample_motion(values.astype(np.float64), steps).T.astype(np.float32).copy())


def resample_motion(rows: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Rows, (rows, channels), as so many: of more each step is their mean, fewer are joined by straight lines.

    # (steps, channels)
    """
    count = len(rows)
    if count < steps:
        places = np.linspace(0, count - 1, steps)  # (steps)
        return np.stack([np.interp(places, np.arange(count), channel) for channel in rows.T], axis=1)
    sums = np.concatenate([np.zeros((1, rows.shape[1])), rows.cumsum(axis=0)])  # (count + 1, channels)
    edges = np.linspace(0, count, steps + 1)  # (steps + 1)
    at_edges = np.stack([np.interp(edges, np.arange(count + 1), channel) for channel in sums.T], axis=1)
    # (steps + 1, channels)
    means: NDArray[np.float64] = np.diff(at_edges, axis=0) * steps / count  # (steps, channels)
    return means


def _read_rows(path: Path) -> NDArray[np.generic]:
    """The numbers in a file, by its ending.  # (rows, columns)"""
    ending = path.suffix.lower()
    if ending not in MOTION_ENDINGS:
        raise UsageError(f"{path} is no recording of motion.", repair=f"Name one in {', '.join(MOTION_ENDINGS)}.")
    if ending == ".npy":
        return read_array(path)
    return parse_number_lines(_without_titles(read_media(path)), path, "motion", _REPAIR)


def _without_titles(data: bytes) -> bytes:
    """A table without the titles of its columns, if its first line holds nothing but such."""
    first, _, rest = data.partition(b"\n")
    words = first.replace(b",", b" ").split()
    return rest if words and not any(map(_is_number, words)) else data


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
