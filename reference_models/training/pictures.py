"""Pictures as vision towers expect them: one size, normalised, and never mirrored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vlitqa.contracts.tools import Picture

SquareShape = Literal["crop", "pad", "squash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureScaler:
    """Scales pictures to a square, and normalises their colours."""

    side: int
    shape: SquareShape
    """A square is cut from the middle, filled up with the mean colour, or made by pressing the longer edge."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def scale(self, picture: Picture) -> Tensor:
        """The pixels of a picture.  # (3, side, side)"""
        image = Image.fromarray(picture.pixels)
        if self.shape == "crop":
            image = _cropped(image, self.side)
        elif self.shape == "pad":
            image = _padded(image, self.mean)
        image = image.resize((self.side, self.side), Image.Resampling.BICUBIC)
        values = np.asarray(image, np.float32) / 255  # (side, side, 3)
        normalised = (values - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)  # (side, side, 3)
        return torch.from_numpy(normalised.transpose(2, 0, 1).copy())  # (3, side, side)


def clip_scaler(side: int, shape: SquareShape) -> PictureScaler:
    """The scaling of the towers that OpenAI's CLIP was published with."""
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    return PictureScaler(side=side, shape=shape, mean=mean, std=std)


def small_scaler(side: int) -> PictureScaler:
    """The scaling of the towers of the shapes world, and of tiny random ones."""
    return PictureScaler(side=side, shape="squash", mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def _cropped(image: Image.Image, side: int) -> Image.Image:
    """The middle square of an image whose shorter edge was scaled first, as CLIP does it."""
    scale = side / min(image.size)
    width, height = (max(side, int(edge * scale)) for edge in image.size)
    left, top = (width - side) // 2, (height - side) // 2
    scaled = image.resize((width, height), Image.Resampling.BICUBIC)
    return scaled.crop((left, top, left + side, top + side))


def _padded(image: Image.Image, mean: tuple[float, float, float]) -> Image.Image:
    """The image in the middle of a square of the mean colour, as LLaVA 1.5 does it."""
    side = max(image.size)
    red, green, blue = (int(255 * channel) for channel in mean)
    square = Image.new("RGB", (side, side), (red, green, blue))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square
