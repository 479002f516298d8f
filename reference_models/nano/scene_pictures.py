"""The pictures of scenes, drawn as an image folder would give them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vlitqa.contracts.tools import Picture
from vlitqa.shapes.drawing import draw_scene
from vlitqa.shapes.scenes import scene_of


def scene_picture(seed: int, number: int, side: int) -> Picture:
    """The picture of a scene."""
    return square_picture(np.asarray(draw_scene(scene_of(seed, number), side)), digest=f"{seed} {number}")


def square_picture(pixels: NDArray[np.uint8], *, digest: str) -> Picture:
    """A picture of some pixels.  # (side, side, 3)"""
    side = len(pixels)
    return Picture(width=side, height=side, format="PNG", frames=1, digest=digest, pixels=pixels)
