"""Sounds whose numbers are the same on every machine, and WAV files of any encoding."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
ENCODINGS = {"u8": (1, 8), "s16": (1, 16), "s24": (1, 24), "s32": (1, 32), "f32": (3, 32), "f64": (3, 64)}


def tones(count: int, rate: int) -> Samples:
    """A low tone, one that rises, and a little of every frequency.  # (count)"""
    numbers = np.arange(count)
    seconds = numbers / rate
    rising = 0.2 * np.sin(2 * np.pi * 2500 * seconds * (1 + seconds / 4))
    return 0.4 * np.sin(2 * np.pi * 440 * seconds) + rising + 0.05 * np.sin(0.7 * numbers**2 % (2 * np.pi))


def write_wav(path: Path, channels: Samples, rate: int, encoding: str = "s16", *, is_extensible: bool = False) -> Path:
    """Writes samples, (samples) or (samples, channels), as a WAV file."""
    code, bits = ENCODINGS[encoding]
    count = 1 if channels.ndim == 1 else channels.shape[1]
    frame = count * bits // 8
    shape = struct.pack("<HHIIHH", 0xFFFE if is_extensible else code, count, rate, rate * frame, frame, bits)
    if is_extensible:
        shape += struct.pack("<HHIH", 22, bits, 0, code) + bytes.fromhex("000000001000800000aa00389b71")
    return write_chunks(path, {b"fmt ": shape, b"LIST": b"odd", b"data": _encode(channels, encoding)})


def write_chunks(path: Path, chunks: dict[bytes, bytes], *, sizes: dict[bytes, int] | None = None) -> Path:
    """Writes the parts of a WAV file; a part may declare a size that it has not."""
    body = b"".join(
        name + struct.pack("<I", (sizes or {}).get(name, len(data))) + data + b"\0" * (len(data) % 2)
        for name, data in chunks.items()
    )
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)
    return path


def _encode(samples: Samples, encoding: str) -> bytes:
    bits = ENCODINGS[encoding][1]
    if encoding.startswith("f"):
        return samples.astype(f"<f{bits // 8}").tobytes()
    if encoding == "u8":
        return (np.round(samples * 128) + 128).clip(0, 255).astype(np.uint8).tobytes()
    whole = np.round(samples * 2.0 ** (bits - 1)).clip(-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1).astype("<i4")
    if bits == 24:
        return whole.reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    return whole.astype(f"<i{bits // 8}").tobytes()
