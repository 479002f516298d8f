"""Sounds at another rate: a windowed sinc, the one of torchaudio, from which the published features were computed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

_ZERO_CROSSINGS = 6
"""On either side of the middle of the filter."""
_ROLL_OFF = 0.99
"""The cut-off, as a share of half the lower rate."""


def resample(samples: NDArray[np.float32], rate: int, new_rate: int) -> NDArray[np.float32]:
    """The same sound with another number of samples a second.  # (samples)"""
    if rate == new_rate:
        return samples
    divisor = math.gcd(rate, new_rate)
    down, up = rate // divisor, new_rate // divisor
    taps = _filter_taps(down, up) / up  # (taps)
    resampled: NDArray[np.float32] = resample_poly(samples, up, down, window=taps.astype(np.float32))  # (samples)
    return resampled


def _filter_taps(down: int, up: int) -> NDArray[np.float64]:
    """The low-pass filter between two rates, at all places where samples of either may lie.  # (taps)"""
    cut_off = min(down, up) * _ROLL_OFF / down  # half cycles a sample
    reach = math.floor(_ZERO_CROSSINGS / cut_off * up)
    crossings = cut_off * np.arange(-reach, reach + 1) / up  # (taps)
    window = np.cos(np.pi * crossings / _ZERO_CROSSINGS / 2) ** 2  # (taps)
    taps: NDArray[np.float64] = cut_off * np.sinc(crossings) * window  # (taps)
    return taps
