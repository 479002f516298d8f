"""The logarithm of the energy in bands of the mel scale, as Kaldi computes it."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

SOUND_RATE = 16_000
MEL_BANDS = 128
FRAME_SAMPLES, _FRAME_STEP = 400, 160
"""25 and 10 milliseconds."""
_TRANSFORM = 512
_LOWEST_FREQUENCY = 20.0
_EMPHASIS = 0.97
_SILENCE = float(np.finfo(np.float32).eps)
"""The least energy, so that it has a logarithm."""


def log_mel_energies(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The bands of all frames that lie whole in a sound of 16 kHz, without dither.  # (frames, bands)"""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME_SAMPLES)[::_FRAME_STEP].astype(np.float64)
    frames = frames - frames.mean(axis=1, keepdims=True)  # (frames, samples)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)  # (frames, samples)
    windowed = (frames - _EMPHASIS * before) * np.hanning(FRAME_SAMPLES)  # (frames, samples)
    power = np.abs(np.fft.rfft(windowed, _TRANSFORM)) ** 2  # (frames, frequencies)
    energies = power @ _bands().T  # (frames, bands)
    logarithms: NDArray[np.float32] = np.log(np.maximum(energies, _SILENCE)).astype(np.float32)  # (frames, bands)
    return logarithms


@cache
def _bands() -> NDArray[np.float64]:
    """Triangles of equal width on the mel scale; neighbours overlap by half.  # (bands, frequencies)"""
    lowest, highest = _mel(np.array([_LOWEST_FREQUENCY, SOUND_RATE / 2]))  # mel
    step = (highest - lowest) / (MEL_BANDS + 1)
    centres = lowest + step * np.arange(1, MEL_BANDS + 1)  # (bands)
    frequencies = _mel(np.arange(_TRANSFORM // 2 + 1) * SOUND_RATE / _TRANSFORM)  # (frequencies)
    heights = 1 - np.abs(frequencies - centres[:, None]) / step  # (bands, frequencies)
    heights[:, -1] = 0  # Kaldi leaves out the highest frequency
    bands: NDArray[np.float64] = np.maximum(heights, 0)  # (bands, frequencies)
    return bands


def _mel(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    mels: NDArray[np.float64] = 1127 * np.log(1 + frequencies / 700)  # (frequencies)
    return mels
