"""A cloud of points as Point-Bind takes it: so many points as it was trained with, in the unit sphere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models.imagebind_llm.point_files import read_points
from vlitqa.errors import UsageError

CLOUD_POINTS = 8192
_FEWEST_POINTS = 512
"""As many as there are groups: the centres of fewer points would repeat."""


def read_point_cloud(path: Path, *, seed: int, count: int = CLOUD_POINTS) -> Tensor:
    """The points of a file: of more the seed draws some, of fewer it repeats some.  # (count, 3)"""
    points = read_points(path)
    if len(points) < _FEWEST_POINTS:
        raise UsageError(
            f"{path} has {len(points)} points, and at least {_FEWEST_POINTS} are needed.", repair="Sample more points."
        )
    cloud = fit_unit_sphere(draw_points(points, count, seed=seed))  # (count, 3)
    if cloud is None:
        raise UsageError(f"{path} has points that all lie in one place, or too far apart.", repair="Check the numbers.")
    return torch.from_numpy(cloud.astype(np.float32))


def draw_points(points: NDArray[np.float64], count: int, *, seed: int) -> NDArray[np.float64]:
    """So many points, no point oftener than needed.  # (count, 3)"""
    total = len(points)
    whole = np.tile(np.arange(total), count // total)  # (multiple of the points)
    rest = np.random.default_rng(seed).choice(total, count % total, replace=False)  # (rest)
    drawn: NDArray[np.float64] = points[np.concatenate([whole, rest])]  # (count, 3)
    return drawn


def fit_unit_sphere(points: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The points around their mean, the farthest at distance one; None if all are one, or beyond numbers.

    # (points, 3)
    """
    with np.errstate(all="ignore"):
        centred = points - points.mean(axis=0)  # (points, 3)
        extent = np.abs(centred).max()
        scaled = centred / extent  # (points, 3)
        sphere = scaled / np.linalg.norm(scaled, axis=1).max()  # (points, 3)
    return sphere if np.isfinite(sphere).all() and extent > 0 else None
