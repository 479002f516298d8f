"""What identifies an image: the digest of its pixels, and a hash that near copies share."""

from __future__ import annotations

import hashlib

from vlitqa.algorithms.picture_quality import grey_of, perceptual_hash
from vlitqa.contracts.tools import Tools
from vlitqa.errors import ImageFault
from vlitqa.records import ImageRef

_SIDE = 256
"""Pixels of the shorter edge at which images are compared."""
_FLAT = 2.0
"""Standard deviation of grey values below which every image has the same perceptual hash."""


def identity_of(ref: ImageRef, tools: Tools, *, near: bool) -> list[str]:
    """The digest of an image, or its name where it cannot be opened; and its perceptual hash, where it has one."""
    try:
        picture = tools.images.look(ref, _SIDE)
    except ImageFault:
        return [f"name {ref.name}" if ref.data is None else f"data {hashlib.sha256(ref.data).hexdigest()[:16]}"]
    if not near:
        return [picture.digest]
    grey = grey_of(picture.pixels)
    if float(grey.std()) < _FLAT:
        return [picture.digest]
    return [picture.digest, f"{perceptual_hash(grey):016x}"]
