"""An image decoded whole and once at the scale that is asked for, or the reason why its bytes show none."""

from __future__ import annotations

import hashlib
import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from vlitqa.backends.image_costs import PIXEL_CAP, refuse_comments, refuse_costly
from vlitqa.contracts.tools import Picture
from vlitqa.errors import ImageFault

IMAGE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""Formats that Pillow may try: each further one is a decoder more to attack, and EPS would call Ghostscript."""
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error, MemoryError)
"""Errors that Pillow's decoders raise on damaged files."""


def decode_image(data: bytes, side: int) -> Picture:
    """Decodes the whole file, because a header alone says nothing about a file that was cut off."""
    refuse_comments(data)
    try:
        with Image.open(BytesIO(data), formats=IMAGE_FORMATS) as image:
            width, height = image.size
            refuse_costly(data, image.format or "", image.size)
            frames = 2 if getattr(image, "is_animated", False) else 1
            image.seek(0)
            image.draft("RGB", (side, side))
            image.load()
            return Picture(
                width=width,
                height=height,
                format=image.format or "",
                frames=frames,
                digest=hashlib.sha256(data).hexdigest()[:16],
                pixels=_scale(image, side),
            )
    except Image.DecompressionBombError:
        raise ImageFault("image_bomb", f"the header declares more than {PIXEL_CAP:,} pixels") from None
    except UnidentifiedImageError:
        if data.startswith(_MAGIC):
            raise ImageFault("image_corrupt", "the image has a header that cannot be read") from None
        raise ImageFault(
            "image_wrong_type", f"the file is {_describe_content(data)}, not one of {', '.join(IMAGE_FORMATS)}"
        ) from None
    except _DAMAGE as error:
        code = "image_truncated" if "truncated" in str(error).lower() or _is_short_webp(data) else "image_corrupt"
        raise ImageFault(code, f"the image cannot be decoded ({type(error).__name__}: {str(error)[:80]})") from None


def _scale(image: Image.Image, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Returns the image in RGB, its shorter edge no longer than `side`.  # (height, width, 3)"""
    if image.mode.startswith("I"):  # 16 bits a pixel: Pillow would turn all above 255 to white
        image = _upper_bytes(image)
    elif image.mode not in ("RGB", "L"):  # which may wait until they are small: a copy can take hundreds of megabytes
        image = image.convert("RGB")
    shorter = min(image.size)
    if shorter > side:
        width, height = (max(1, round(edge * side / shorter)) for edge in image.size)
        image = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image.convert("RGB"))  # (height, width, 3)


def _upper_bytes(image: Image.Image) -> Image.Image:
    """An image of 16 bits a pixel in 8 bits."""
    pixels = np.asarray(image)  # (height, width)
    upper = np.empty(pixels.shape, np.uint8)  # (height, width)
    np.right_shift(pixels, 8, out=upper, casting="unsafe")
    return Image.fromarray(upper)


def _is_short_webp(data: bytes) -> bool:
    """True if a WEBP has fewer bytes than its header says."""
    return data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") + 8 > len(data)


def _describe_content(data: bytes) -> str:
    """Describes a file that is no image, for the message."""
    start = data[:512].lstrip().lower()
    kinds = {
        b"<!doctype html": "an HTML page",
        b"<html": "an HTML page",
        b"<svg": "an SVG drawing",
        b"<?xml": "an XML document",
        b"%!ps": "PostScript",
        b"8bps": "a Photoshop file",
        b"ii*\0": "a TIFF",
        b"mm\0*": "a TIFF",
        b"simple": "a FITS file",
        b"%pdf": "a PDF",
    }
    if not data:
        return "empty"
    return next((kind for magic, kind in kinds.items() if start.startswith(magic)), "of an unknown type")
