"""Energies of the mel scale are Kaldi's, and sounds at another rate torchaudio's."""

from __future__ import annotations

import numpy as np
import pytest

from reference_models.imagebind_llm.filterbank import log_mel_energies
from reference_models.imagebind_llm.resampling import resample
from tests.given.sounds import tones


def test_energies_are_those_that_torchaudio_gave() -> None:
    # torchaudio.compliance.kaldi.fbank of 64-bit numbers, with the arguments of ImageBind
    energies = log_mel_energies(tones(32000, 16000).astype(np.float32))
    assert energies.shape == (198, 128)
    rows, columns = [0, 0, 50, 100, 197, 197], [0, 127, 30, 64, 5, 127]
    expected = [-9.699563, 1.212588, -4.197687, -1.575317, -12.028587, 1.553608]
    assert energies[rows, columns].tolist() == pytest.approx(expected, abs=1e-4)
    assert energies.mean(dtype=np.float64) == pytest.approx(-2.273688, abs=1e-5)
    assert energies.min() == pytest.approx(-15.942385)


def test_a_tone_lies_in_the_band_around_its_frequency() -> None:
    # 1000 Hz are 1127 ln(1 + 1000/700) = 1000.0 mel; 20 Hz are 31.75, 8000 Hz 2840.04; bands are 21.77 apart
    tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 16000).astype(np.float32)
    assert set(log_mel_energies(tone).argmax(axis=1)) == {43}  # its middle is at 31.75 + 44 * 21.77 = 989.6 mel


def test_silence_and_a_constant_have_the_least_energy() -> None:
    for level in (0, 0.5):
        assert np.allclose(log_mel_energies(np.full(2000, level, np.float32)), np.log(2.0**-23))


def test_only_whole_frames_count() -> None:
    assert len(log_mel_energies(np.zeros(400, np.float32))) == 1
    assert len(log_mel_energies(np.zeros(559, np.float32))) == 1
    assert len(log_mel_energies(np.zeros(560, np.float32))) == 2


@pytest.mark.parametrize(
    ("rate", "count", "expected", "mean"),
    [
        (44100, 726, [0.041565, -0.547391, 0.538262, -0.191871], 0.270937),
        (8000, 4000, [0.002464, -0.568338, 0.522891, -0.172377], 0.272262),
        (48000, 667, [0.042505, -0.592554, 0.532161, 0.502687], 0.272106),
    ],
)
def test_a_sound_at_another_rate_is_that_of_torchaudio(
    rate: int, count: int, expected: list[float], mean: float
) -> None:
    # torchaudio.functional.resample of 64-bit numbers to 16,000
    samples = resample(tones(2000, rate).astype(np.float32), rate, 16000)
    assert (len(samples), samples.dtype) == (count, np.float32)
    assert samples[[0, 100, 333, -1]].tolist() == pytest.approx(expected, abs=1e-6)
    assert np.abs(samples).mean(dtype=np.float64) == pytest.approx(mean, abs=1e-6)


def test_a_tone_keeps_its_frequency_at_another_rate() -> None:
    tone = np.sin(2 * np.pi * 300 * np.arange(11025) / 11025).astype(np.float32)
    expected = np.sin(2 * np.pi * 300 * np.arange(16000) / 16000)
    assert np.abs(resample(tone, 11025, 16000) - expected)[200:-200].max() < 2e-3
    assert resample(tone, 16000, 16000) is tone
