"""A sound as ImageBind hears it: a few clips of two seconds, spread evenly, as spectrograms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models.imagebind_llm.filterbank import FRAME_SAMPLES, MEL_BANDS, SOUND_RATE, log_mel_energies
from reference_models.imagebind_llm.resampling import resample
from reference_models.imagebind_llm.waveforms import read_waveform
from vlitqa.errors import UsageError

_CLIP_SAMPLES = 2 * SOUND_RATE
_FRAMES = 204
"""Of a spectrogram; the 198 frames of two seconds are filled up with zeros."""
_MEAN, _STD = -4.268, 9.138


def read_audio_clips(path: Path, *, count: int = 3) -> Tensor:
    """The spectrograms of the clips of a WAV file; a short sound is whole in all.  # (clips, 1, bands, frames)"""
    waveform = read_waveform(path)
    samples = resample(waveform.samples, waveform.rate, SOUND_RATE)  # (samples)
    if len(samples) < FRAME_SAMPLES:
        lasts = f"{1000 * len(samples) / SOUND_RATE:.1f} ms"
        raise UsageError(f"{path} lasts {lasts}, and at least 25 ms are needed.", repair="Name a longer sound.")
    return torch.from_numpy(np.stack([spectrogram(clip) for clip in cut_clips(samples, count)]))[:, None]


def cut_clips(samples: NDArray[np.float32], count: int) -> list[NDArray[np.float32]]:
    """Clips of two seconds, the first at the beginning and the last up to the end.  # (samples) each"""
    spare = max(len(samples) - _CLIP_SAMPLES, 0)
    starts = [spare * number // max(count - 1, 1) for number in range(count)]
    return [samples[start : start + _CLIP_SAMPLES] for start in starts]


def spectrogram(clip: NDArray[np.float32]) -> NDArray[np.float32]:
    """The normalised energies of a clip of 16 kHz.  # (bands, frames)"""
    energies = log_mel_energies(clip)[:_FRAMES]  # (frames, bands)
    filled = np.zeros((_FRAMES, MEL_BANDS), np.float32)  # (frames, bands)
    filled[: len(energies)] = energies
    return ((filled - _MEAN) / _STD).astype(np.float32).T.copy()
