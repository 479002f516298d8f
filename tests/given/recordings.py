"""Videos and sounds that tests make: what they show, and how long, is known."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np

RED, BLUE = (220, 20, 20), (20, 20, 220)
SECONDS = 4
_RATE = 10


def make_video(path: Path, *, seconds: int = SECONDS, size: tuple[int, int] = (64, 48), codec: str = "mpeg4") -> Path:
    """Writes a video whose first half is red and whose second half is blue, with a bar that moves."""
    width, height = size
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as container:
        stream = container.add_stream(codec, rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(seconds * _RATE):
            pixels = np.full((height, width, 3), RED if number < seconds * _RATE / 2 else BLUE, np.uint8)
            pixels[:, number % width] = 255
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def make_sound(path: Path, seconds: float = 2.0) -> Path:
    """Writes a tone."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes((np.sin(np.arange(int(8_000 * seconds)) / 5) * 8_000).astype("<i2").tobytes())
    return path
