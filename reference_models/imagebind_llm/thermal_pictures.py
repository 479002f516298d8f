"""Thermal pictures as ImageBind sees them: one channel from 0 to 1, and no other normalisation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from reference_models.imagebind_llm.decoded_media import middle_square, open_pillow
from reference_models.imagebind_llm.media_files import read_media
from vlitqa.errors import UsageError

_REPAIR = "Name a PNG of one channel, with 8 or 16 bits a pixel."
_WHITE = 255


def read_thermal_picture(path: Path, *, side: int = 224) -> Tensor:
    """The middle square of a thermal picture.  # (1, side, side)

    Eight bits are taken as they are: a camera has chosen their range. Sixteen bits are counts of a sensor, which use a
    small part of theirs: the lowest becomes 0, and the highest 1.
    """
    if path.suffix.lower() != ".png":
        raise UsageError(f"{path} is no thermal picture.", repair=_REPAIR)
    with open_pillow(read_media(path), path, ("PNG",), _REPAIR) as image:
        is_counts = image.mode.startswith("I")
        values = np.asarray(image) if is_counts else _grey(image, path)  # (height, width)
    lowest, highest = int(values.min()), int(values.max())
    if lowest == highest:
        raise UsageError(f"{path} is equally warm everywhere.", repair="Name a thermal picture.")
    low, high = (lowest, highest) if is_counts else (0, _WHITE)
    warmth = ((values.astype(np.float64) - low) / (high - low)).astype(np.float32)  # (height, width)
    return torch.from_numpy(middle_square(warmth, side).copy())[None]


def _grey(image: Image.Image, path: Path) -> NDArray[np.uint8]:
    """The one channel of a picture of 8 bits; raises UsageError for one in colours.  # (height, width)"""
    pixels = np.asarray(image.convert("RGB"))  # (height, width, 3)
    if (pixels != pixels[..., :1]).any():
        message = f"{path} is in colours, and a thermal picture has one channel."
        raise UsageError(message, repair="Save it without a palette of colours, as the camera measured it.")
    return pixels[..., 0]
