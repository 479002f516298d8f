"""A film as ImageBind sees it: clips of two seconds, spread evenly, of which the first and the last frame are seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models.imagebind_llm.film_files import open_film
from reference_models.training.pictures import PictureScaler
from vlitqa.contracts.tools import Picture

_CLIPS = 5
_CLIP_SECONDS = 2


def read_film_clips(path: Path, scaler: PictureScaler) -> Tensor:
    """The clips of a film, each in all its views; only frames that are seen are decoded and kept.

    # (clips * views, 3, 2, side, side)
    """
    film = open_film(path)
    pairs = choose_frames(film.count, film.rate)
    numbers = sorted({number for pair in pairs for number in pair})
    views = {
        number: _views(pixels, scaler)  # (views, 3, side, side)
        for number, pixels in zip(numbers, film.frames(numbers), strict=True)
    }
    return torch.cat([torch.stack([views[first], views[last]], dim=2) for first, last in pairs])


def choose_frames(count: int, rate: float) -> list[tuple[int, int]]:
    """The first and the last frame of each clip of a film; a short film is whole in all."""
    length = min(max(round(_CLIP_SECONDS * rate), 2), count)
    starts = [(count - length) * number // (_CLIPS - 1) for number in range(_CLIPS)]
    return [(start, start + length - 1) for start in starts]


def _views(pixels: NDArray[np.uint8], scaler: PictureScaler) -> Tensor:
    """Three squares along the longer edge where pictures are cut for the encoder, and otherwise the whole frame.

    # (views, 3, side, side)
    """
    height, width, _ = pixels.shape
    edge = min(height, width)
    spare_height, spare_width = height - edge, width - edge
    parts = [pixels]
    if scaler.shape == "crop":
        corners = [(spare_height * third // 2, spare_width * third // 2) for third in range(3)]
        parts = [pixels[top : top + edge, left : left + edge] for top, left in corners]
    return torch.stack([scaler.scale(_as_picture(part)) for part in parts])


def _as_picture(pixels: NDArray[np.uint8]) -> Picture:
    height, width, _ = pixels.shape
    return Picture(width=width, height=height, format="", frames=1, digest="", pixels=np.ascontiguousarray(pixels))
