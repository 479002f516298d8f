"""Pictures as data URLs: they are sent with the question, and a server fetches nothing."""

from __future__ import annotations

import base64
from io import BytesIO

from vlitqa.contracts.tools import Picture

_JPEG_QUALITY = 95
"""The loss of JPEG at this quality lies below what a judge sees."""


def data_url_of(picture: Picture) -> str:
    """Encodes the pixels of a picture as PNG if its file was lossless, and as JPEG otherwise."""
    from PIL import Image

    image = Image.fromarray(picture.pixels)
    is_lossless = picture.format.upper() in ("PNG", "GIF", "BMP")
    buffer = BytesIO()
    if is_lossless:
        image.save(buffer, "PNG")
    else:
        image.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/{'png' if is_lossless else 'jpeg'};base64,{encoded}"
