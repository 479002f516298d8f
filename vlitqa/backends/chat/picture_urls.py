"""Pictures as data URLs: what a judge sees is sent with the question, never fetched."""

from __future__ import annotations

import base64
from io import BytesIO

from vlitqa.contracts.tools import Picture

_QUALITY = 95
"""Of JPEG: what it loses lies below what a judge sees."""


def data_url_of(picture: Picture) -> str:
    """The pixels of a picture as PNG if its file lost nothing, and as JPEG otherwise."""
    from PIL import Image

    image = Image.fromarray(picture.pixels)
    exact = picture.format.upper() in ("PNG", "GIF", "BMP")
    packed = BytesIO()
    if exact:
        image.save(packed, "PNG")
    else:
        image.save(packed, "JPEG", quality=_QUALITY)
    encoded = base64.b64encode(packed.getvalue()).decode()
    return f"data:image/{'png' if exact else 'jpeg'};base64,{encoded}"
