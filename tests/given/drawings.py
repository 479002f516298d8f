"""Images made by code: landscapes that differ by their seed, and the files they become."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw


def landscape(seed: int, width: int = 320, height: int = 240) -> Image.Image:
    """A scene with soft and sharp, large and small structure, as a photograph has."""
    generator = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float64)
    for cells, weight in ((4, 0.6), (9, 0.3), (40, 0.1)):
        noise = generator.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        layer = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
        total += weight * np.asarray(layer)
    image = Image.fromarray(total.clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        left, top = generator.random(2) * (width, height)
        pen.ellipse(
            (left, top, left + width / 20, top + height / 12), fill=tuple(generator.integers(0, 256, 3).tolist())
        )
    return image


def plain(grey: int, width: int = 64, height: int = 64) -> Image.Image:
    """One colour all over."""
    return Image.new("RGB", (width, height), (grey, grey, grey))


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of an image file."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
