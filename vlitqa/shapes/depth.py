"""Depth maps of scenes: every thing stands before the background, and of two that meet one before the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vlitqa.shapes.drawing import draw_thing, plate_of
from vlitqa.shapes.scenes import Scene

_METRES = np.array([4.0, 2.5, 2.0, 1.6], np.float32)
"""The distances of what follows."""
_BACKGROUND, _SIGN, _THING, _THING_ON_TOP = range(4)


def depth_of(scene: Scene, side: int) -> NDArray[np.float32]:
    """The distance of every pixel in metres; it shows shapes and sizes, but no colour.  # (side, side)"""
    plane = Image.new("L", (side, side), _BACKGROUND)
    pencil = ImageDraw.Draw(plane)
    for number, thing in reversed(list(enumerate(scene.things))):
        lies_on_top = scene.contact is not None and number == scene.contact.first
        draw_thing(thing, pencil, side, _THING_ON_TOP if lies_on_top else _THING)
    if scene.sign:
        pencil.rectangle(tuple(round(edge * side) for edge in plate_of(scene.sign)), _SIGN)
    metres: NDArray[np.float32] = _METRES[np.asarray(plane)]  # (side, side)
    return metres
