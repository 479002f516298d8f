"""Points in files: arrays, PLY, and lines of text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference_models.imagebind_llm.media_files import read_array, read_media
from reference_models.imagebind_llm.number_lines import parse_number_lines
from reference_models.imagebind_llm.ply_files import parse_ply
from vlitqa.errors import UsageError

POINT_ENDINGS = (".npy", ".ply", ".txt", ".xyz")
_REPAIR = "Write a point a line, three numbers between spaces."


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
        points = _columns(parse_number_lines(read_media(path), path, "point", _REPAIR), path)  # (points, 3)
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
