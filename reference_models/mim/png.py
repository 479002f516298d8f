"""Pixels that were drawn, as a picture and as its file."""

from __future__ import annotations

import hashlib
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vlitqa.contracts.tools import Picture


def encode_png(pixels: NDArray[np.uint8]) -> bytes:  # (height, width, 3)
    """The file of RGB pixels."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def drawn_picture(pixels: NDArray[np.uint8]) -> Picture:  # (height, width, 3)
    """A picture of RGB pixels; its digest is that of the file that `encode_png` gives."""
    height, width, _ = pixels.shape
    digest = hashlib.sha256(encode_png(pixels)).hexdigest()[:16]
    return Picture(width=width, height=height, format="PNG", frames=1, digest=digest, pixels=pixels)
