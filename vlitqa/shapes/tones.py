"""Scenes as sounds: place after place, each thing sounds as long as its place lasts, in the pitch of its colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vlitqa.shapes.scenes import COLOURS, PLACES, Scene

TONE_RATE = 16_000
"""Samples of a second."""
PLACE_SECONDS = 0.22
"""Nine places last a little less than two seconds."""
_LOWEST_PITCH, _STEP = 300.0, 1.45
"""Hertz, and the ratio of the pitches of neighbouring colours."""
_LOUDNESS = {"small": 0.1, "large": 0.3}
_FADE_SECONDS = 0.01


def tones_of(scene: Scene) -> NDArray[np.float32]:
    """The sound of a scene; it tells colours, places and sizes, but no shape.  # (samples,)"""
    length = round(PLACE_SECONDS * TONE_RATE)  # samples
    seconds = np.arange(length) / TONE_RATE  # (samples of a place,)
    fade = np.clip(np.minimum(seconds, seconds[::-1]) / _FADE_SECONDS, 0, 1)  # (samples of a place,)
    sound = np.zeros((len(PLACES), length))  # (places, samples of a place)
    for thing in scene.things:
        pitch = _LOWEST_PITCH * _STEP ** COLOURS.index(thing.colour)
        tone = _LOUDNESS[thing.size] * fade * np.sin(2 * np.pi * pitch * seconds)  # (samples of a place,)
        sound[PLACES.index(thing.place)] += tone
    return sound.ravel().astype(np.float32)
