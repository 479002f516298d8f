"""A sound becomes three spectrograms of two seconds each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.audio_clips import cut_clips, read_audio_clips, spectrogram  # noqa: E402
from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_TINY  # noqa: E402
from reference_models.imagebind_llm.encoders import ImageBindEncoders  # noqa: E402
from tests.given.sounds import tones, write_wav  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model


def test_spectrograms_are_those_that_the_original_steps_gave(tmp_path: Path) -> None:
    # the steps of ImageBind's load_and_transform_audio_data with torchaudio in 64 bits: resample, cut, fbank, normalise
    clips = read_audio_clips(write_wav(tmp_path / "a.wav", tones(165375, 44100), 44100))
    assert (clips.shape, clips.dtype) == ((3, 1, 128, 204), torch.float32)
    expected = [[-0.5459, -0.12267, 0.46706], [-0.76668, -0.27136, 0.46706], [-0.68337, -0.34933, 0.46706]]
    assert torch.allclose(clips[:, 0, [0, 30, 90], [0, 50, 203]], torch.tensor(expected), atol=1e-4)
    assert clips.mean(dim=(1, 2, 3)).tolist() == pytest.approx([0.13047, 0.12829, 0.12748], abs=2e-5)


def test_clips_are_spread_from_the_beginning_to_the_end() -> None:
    sound = np.arange(50_000, dtype=np.float32)
    assert [(clip[0], clip[-1]) for clip in cut_clips(sound, 3)] == [(0, 31_999), (9000, 40_999), (18_000, 49_999)]
    assert [(clip[0], clip[-1]) for clip in cut_clips(sound, 1)] == [(0, 31_999)]


def test_a_short_sound_is_whole_in_every_clip() -> None:
    sound = tones(8000, 16000).astype(np.float32)
    assert all(np.array_equal(clip, sound) for clip in cut_clips(sound, 3))
    filled = spectrogram(sound)
    assert filled.shape == (128, 204)
    assert np.allclose(filled[:, 48:], 4.268 / 9.138)  # (8000 - 400) // 160 + 1 = 48 frames


def test_a_sound_of_less_than_a_frame_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"lasts 24\.9 ms, and at least 25 ms"):
        read_audio_clips(write_wav(tmp_path / "a.wav", tones(399, 16000), 16000))
    assert read_audio_clips(write_wav(tmp_path / "a.wav", tones(400, 16000), 16000)).isfinite().all()


def test_a_second_equal_channel_changes_nothing(tmp_path: Path) -> None:
    sound = tones(96000, 48000)
    mono = read_audio_clips(write_wav(tmp_path / "mono.wav", sound, 48000, "f32"))
    stereo = read_audio_clips(write_wav(tmp_path / "stereo.wav", np.stack([sound, sound], axis=1), 48000, "f32"))
    assert torch.equal(mono, stereo)
    with torch.no_grad():
        embeddings = ImageBindEncoders(IMAGEBIND_TINY).embed("audio", torch.stack([mono, stereo]))
    assert embeddings.shape == (2, 16)
