"""Sounds in WAV files: one channel of numbers between -1 and 1."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference_models.imagebind_llm.media_files import read_media
from vlitqa.errors import UsageError

Samples32 = NDArray[np.float32]
_WHOLE, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_ENCODINGS = {(_WHOLE, 8), (_WHOLE, 16), (_WHOLE, 24), (_WHOLE, 32), (_FLOAT, 32), (_FLOAT, 64)}
_UNKNOWN_SIZE = 0x7FFFF000
"""From here on a size is what programs write that do not yet know how long a sound will be."""
_LOWEST_RATE, _HIGHEST_RATE = 1_000, 768_000
_MOST_CHANNELS = 8
_LONGEST = 3600
"""Seconds."""
_CONVERT = "ffmpeg -i SOUND -c:a pcm_s16le SOUND.wav"


@dataclass(frozen=True, slots=True)
class Waveform:
    """A sound: its samples, and how many there are in a second."""

    samples: Samples32  # (samples)
    rate: int


@dataclass(frozen=True, slots=True)
class _Encoding:
    """The numbers of a WAV file: how they are written, in how many channels, and how many a second."""

    code: int
    bits: int
    channels: int
    rate: int

    @property
    def frame_bytes(self) -> int:
        """The bytes of one sample of all channels."""
        return self.channels * self.bits // 8


def read_waveform(path: Path) -> Waveform:
    """Reads a WAV file of whole numbers or fractions; several channels become their mean.

    The published code hears the first channel alone, and so nothing of a sound that is only in the second.
    """
    data = read_media(path)
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise UsageError(f"{path} is no WAV file.", repair=_CONVERT)
    encoding = _encoding(data, _chunk(data, b"fmt ", path), path)
    content = _sample_bytes(data, _chunk(data, b"data", path), encoding, path)
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number stays none, and is refused
        mono = _decode(content, encoding).mean(axis=1, dtype=np.float32)  # (samples)
    if not np.isfinite(mono).all():
        raise UsageError(f"{path} holds samples that are no numbers.", repair=_CONVERT)
    return Waveform(mono, encoding.rate)


def _chunk(data: bytes, wanted: bytes, path: Path) -> tuple[int, int]:
    """The start of the first part of the file with a name, and the size that it declares."""
    place = 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        if name == wanted:
            return place + 8, size
        place += 8 + size + size % 2
    part = "format" if wanted == b"fmt " else "samples"
    raise UsageError(f"{path} is a WAV file that ends before its {part}.", repair="Copy the file again.")


def _encoding(data: bytes, chunk: tuple[int, int], path: Path) -> _Encoding:
    start, size = chunk
    if size < 16 or start + size > len(data):
        raise UsageError(f"{path} has a damaged format.", repair=_CONVERT)
    code, channels, rate, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", data, start)
    if code == _EXTENSIBLE and size >= 26:
        (code,) = struct.unpack_from("<H", data, start + 24)
    encoding = _Encoding(code, bits, channels, rate)
    if (code, bits) not in _ENCODINGS:
        raise UsageError(f"{path} is a WAV file of encoding {code} with {bits} bits, not of numbers.", repair=_CONVERT)
    if not 1 <= channels <= _MOST_CHANNELS or frame_bytes != encoding.frame_bytes:
        raise UsageError(f"{path} declares {channels} channels in {frame_bytes} bytes.", repair=f"{_CONVERT} -ac 1")
    if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
        limits = f"{_LOWEST_RATE:,} to {_HIGHEST_RATE:,}"
        raise UsageError(f"{path} has {rate:,} samples a second, not {limits}.", repair=f"{_CONVERT} -ar 16000")
    return encoding


def _sample_bytes(data: bytes, chunk: tuple[int, int], encoding: _Encoding, path: Path) -> bytes:
    """The bytes of all samples; raises UsageError if there are none, too many, or fewer than declared."""
    start, size = chunk
    rest = len(data) - start
    if size > rest and size < _UNKNOWN_SIZE:
        raise UsageError(f"{path} ends after {rest:,} of {size:,} bytes of samples.", repair="Copy the file again.")
    frames = min(size, rest) // encoding.frame_bytes
    if not frames:
        raise UsageError(f"{path} holds no samples.", repair="Name a sound.")
    if frames > _LONGEST * encoding.rate:
        raise UsageError(f"{path} lasts {frames / encoding.rate:,.0f} s, more than an hour.", repair="Cut it.")
    return data[start : start + frames * encoding.frame_bytes]


def _decode(data: bytes, encoding: _Encoding) -> Samples32:
    """The numbers behind bytes.  # (samples, channels)"""
    if encoding.code == _FLOAT:
        values = np.frombuffer(data, f"<f{encoding.bits // 8}").astype(np.float32)  # (samples * channels)
    elif encoding.bits == 8:
        values = np.frombuffer(data, np.uint8).astype(np.float32) / np.float32(128) - np.float32(
            1
        )  # (samples * channels)
    elif encoding.bits == 24:
        padded = np.zeros((len(data) // 3, 4), np.uint8)  # (samples * channels, 4)
        padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        values = padded.view("<i4")[:, 0].astype(np.float32) / np.float32(1 << 31)  # (samples * channels)
    else:
        whole = np.frombuffer(data, f"<i{encoding.bits // 8}")  # (samples * channels)
        values = whole.astype(np.float32) / np.float32(1 << encoding.bits - 1)  # (samples * channels)
    return values.reshape(-1, encoding.channels)
