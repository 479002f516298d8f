"""Depth maps as ImageBind sees them: the disparity that two cameras would measure, normalised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models.imagebind_llm.decoded_media import middle_square, open_pillow
from reference_models.imagebind_llm.media_files import read_array, read_media
from vlitqa.errors import UsageError

_NEAREST, _FARTHEST = 0.01, 50.0
"""Metres, from facebookresearch/omnivore#12, where the training of depth was published."""
_HIGHEST_DISPARITY = 75.0
_MEAN, _STD = 0.0418, 0.0295
"""Of disparity as a share of the highest: facebookresearch/omnivore, omnivore/predict.py."""
_REPAIR = "Name a PNG with 16 bits a pixel, or an array of height x width."


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthCamera:
    """What turns numbers into metres, and metres into disparity; a first Kinect by default."""

    unit: float = 0.001
    """The metres that a whole number counts; fractions are metres.

    The published mean, 3.1 pixels, fits the rooms of SUN RGB-D only if its eighths of a millimetre were read as
    millimetres: maps of true millimetres lie nearer to what the encoder was trained with at a unit of 0.008.
    """
    focal_length: float = 518.86
    """Pixels."""
    baseline: float = 0.075
    """Metres between the two cameras."""


def read_depth_map(path: Path, *, side: int = 224, camera: DepthCamera | None = None) -> Tensor:
    """The disparity in the middle square of a depth map; a depth of 0 was not measured.  # (1, side, side)"""
    camera = camera or DepthCamera()
    numbers = _read_numbers(path)  # (height, width)
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number stays none, and is refused
        depth = numbers.astype(np.float32) * (1 if numbers.dtype.kind == "f" else camera.unit)  # (height, width)
    if not np.isfinite(depth).all() or depth.min() < 0:
        raise UsageError(f"{path} has depths that are negative or no numbers.", repair="Write 0 where none is known.")
    if not depth.any():
        raise UsageError(f"{path} has no depth but 0.", repair="Name a depth map.")
    return normalised_disparity(depth, side, camera)


def normalised_disparity(depth: NDArray[np.float32], side: int, camera: DepthCamera | None = None) -> Tensor:
    """The disparity in the middle square of metres, (height, width); 0 was not measured.  # (1, side, side)"""
    camera = camera or DepthCamera()
    disparity = camera.baseline * camera.focal_length / depth.clip(_NEAREST, _FARTHEST)  # (height, width)
    shares = np.where(depth > 0, disparity.clip(max=_HIGHEST_DISPARITY) / _HIGHEST_DISPARITY, 0)  # (height, width)
    square = middle_square(shares.astype(np.float32), side)  # (side, side)
    return torch.from_numpy((square - _MEAN) / _STD)[None]


def _read_numbers(path: Path) -> NDArray[np.generic]:
    """The numbers of a depth map, by the ending of its file.  # (height, width)"""
    ending = path.suffix.lower()
    if ending not in (".npy", ".png"):
        raise UsageError(f"{path} is no depth map.", repair=_REPAIR)
    numbers = read_array(path) if ending == ".npy" else _decode_png(read_media(path), path)
    if numbers.ndim != 2 or not numbers.size:
        shape = " x ".join(map(str, numbers.shape)) or "one number"
        raise UsageError(f"{path} has the shape {shape}.", repair=_REPAIR)
    return numbers


def _decode_png(data: bytes, path: Path) -> NDArray[np.generic]:
    """# (height, width)"""
    with open_pillow(data, path, ("PNG",), _REPAIR) as image:
        if not image.mode.startswith("I"):
            raise UsageError(f"{path} has 8 bits a pixel, and a depth map has 16.", repair=_REPAIR)
        return np.asarray(image)  # (height, width)
