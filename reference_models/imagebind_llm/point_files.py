"""Points in files: arrays, PLY, and lines of text."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference_models.imagebind_llm.media_files import read_array, read_media
from reference_models.imagebind_llm.ply_files import parse_ply
from vlitqa.errors import UsageError

POINT_ENDINGS = (".npy", ".ply", ".txt", ".xyz")


def read_points(path: Path) -> NDArray[np.float64]:
    """The places of points in a file, by its ending; columns after the third, as of normals, are left out.

    # (points, 3)
    """
    ending = path.suffix.lower()
    if ending == ".npy":
        points = _columns(read_array(path), path)  # (points, 3)
    elif ending == ".ply":
        points = parse_ply(read_media(path), path)  # (points, 3)
    elif ending in POINT_ENDINGS:
        points = _columns(_parse_lines(read_media(path), path), path)  # (points, 3)
    else:
        endings = ", ".join(POINT_ENDINGS)
        raise UsageError(f"{path} is no file of points.", repair=f"Name one that ends in {endings}.")
    if not len(points):
        raise UsageError(f"{path} holds no points.", repair="Name a file of points.")
    if not np.isfinite(points).all():
        row = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise UsageError(f"{path} has a point that is no number, number {row + 1}.", repair="Leave such points out.")
    return points


def _columns(array: NDArray[np.generic], path: Path) -> NDArray[np.float64]:
    """The first three columns.  # (points, 3)"""
    if array.size and (array.ndim != 2 or array.shape[1] < 3):
        shape = " x ".join(map(str, array.shape)) or "no axes"
        raise UsageError(f"{path} is an array of {shape}, not of points x 3.", repair="Give a point three columns.")
    return array[:, :3].astype(np.float64) if array.size else np.empty((0, 3))


def _parse_lines(data: bytes, path: Path) -> NDArray[np.float64]:
    """Numbers between spaces or commas, a point a line; a line after # is a comment.  # (points, columns)"""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of a file without lines, which is refused later
            return np.loadtxt(BytesIO(data.replace(b",", b" ")), ndmin=2, encoding="utf-8")
    except ValueError as error:
        reason = str(error).splitlines()[0][:100].rstrip(".")
        repair = "Write a point a line, three numbers between spaces."
        raise UsageError(f"{path} holds what is no point: {reason}.", repair=repair) from None
