"""Pictures of one plane and films of several frames, decoded; what cannot be is refused with its reason."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from vlitqa.backends.image_costs import refuse_comments, refuse_costly
from vlitqa.errors import ImageFault, UsageError

_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, struct.error, zlib.error, MemoryError)
"""Errors that Pillow's decoders raise on damaged files."""


@contextmanager
def open_pillow(data: bytes, path: Path, formats: tuple[str, ...], repair: str) -> Iterator[Image.Image]:
    """Opens the bytes of a file; raises UsageError, there and while it is decoded, for what is damaged or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is too large is refused before decoding
            refuse_comments(data)
            with Image.open(BytesIO(data), formats=formats) as image:
                refuse_costly(data, image.format or "", image.size)
                yield image
    except UsageError:
        raise
    except ImageFault as fault:
        raise UsageError(f"{path}: {fault}.", repair="Scale it down.") from None
    except UnidentifiedImageError:
        raise UsageError(f"{path} is no {' or '.join(formats)}.", repair=repair) from None
    except (*_DAMAGE, Image.DecompressionBombError) as error:
        raise UsageError(f"{path} cannot be decoded: {str(error)[:80].rstrip('.')}.", repair=repair) from None


def middle_square(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """The middle of a plane, scaled; a long plane is cut first, so that it is never made larger.  # (side, side)"""
    edge = min(values.shape)
    top, left = ((length - edge) // 2 for length in values.shape)
    square = Image.fromarray(values[top : top + edge, left : left + edge])
    return np.asarray(square.resize((side, side), Image.Resampling.BILINEAR), np.float32)  # (side, side)
