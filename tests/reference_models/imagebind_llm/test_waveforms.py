"""WAV files of every encoding give the same sound, and a damaged one says what is wrong with it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from reference_models.imagebind_llm import media_files
from reference_models.imagebind_llm.waveforms import read_waveform
from tests.given.sounds import ENCODINGS, tones, write_chunks, write_wav
from vlitqa.errors import UsageError

MONO = struct.pack("<HHIIHH", 1, 1, 16000, 32000, 2, 16)
STEP = {"u8": 1 / 128, "s16": 1 / 32768}


def format_of(code: int = 1, channels: int = 1, rate: int = 16000, bits: int = 16) -> bytes:
    frame = channels * bits // 8
    return struct.pack("<HHIIHH", code, channels, rate, rate * frame & 0xFFFFFFFF, frame, bits)


@pytest.mark.parametrize("is_extensible", [False, True])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_gives_the_same_sound(tmp_path: Path, encoding: str, is_extensible: bool) -> None:  # noqa: FBT001
    sound = tones(501, 22050)
    waveform = read_waveform(write_wav(tmp_path / "a.wav", sound, 22050, encoding, is_extensible=is_extensible))
    assert waveform.rate == 22050
    assert waveform.samples.dtype == np.float32
    assert waveform.samples.tolist() == pytest.approx(sound.tolist(), abs=STEP.get(encoding, 1e-6))


def test_whole_numbers_lie_between_minus_one_and_one(tmp_path: Path) -> None:
    extremes = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    for encoding in ("u8", "s16", "s24", "s32"):
        samples = read_waveform(write_wav(tmp_path / "a.wav", extremes, 8000, encoding)).samples
        assert samples[:4].tolist() == [-1, -0.5, 0, 0.5]
        assert 0.99 < samples[4] <= 1


def test_several_channels_become_their_mean(tmp_path: Path) -> None:
    left, right = tones(300, 16000), np.linspace(-0.5, 0.5, 300)
    for encoding in ("s16", "s24", "f32"):
        path = write_wav(tmp_path / "a.wav", np.stack([left, right], axis=1), 16000, encoding)
        assert read_waveform(path).samples.tolist() == pytest.approx(((left + right) / 2).tolist(), abs=1e-4)


def test_a_sound_written_to_a_pipe_has_no_length_in_its_header(tmp_path: Path) -> None:
    path = write_chunks(tmp_path / "a.wav", {b"fmt ": MONO, b"data": b"\0\x40" * 30}, sizes={b"data": 0xFFFFFFFF})
    assert read_waveform(path).samples.tolist() == [0.5] * 30


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no WAV file"),
        (b"ID3\x04 an MP3, whatever its name", "is no WAV file"),
        (b"RIFF\x04\0\0\0WAVE", "ends before its format"),
        (b"RIFF\x04\0\0\0AVI LIST", "is no WAV file"),
    ],
)
def test_what_is_no_wav_file_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=rf"a\.wav {reason}|a\.wav is a WAV file that {reason}"):
        read_waveform(path)


@pytest.mark.parametrize(
    ("shape", "samples", "reason"),
    [
        (MONO, b"", "holds no samples"),
        (MONO, b"\0", "holds no samples"),
        (MONO[:10], b"\0\0", "damaged format"),
        (format_of(code=85), b"\0\0", "encoding 85"),
        (format_of(bits=12), b"\0\0", "with 12 bits"),
        (format_of(code=3, bits=16), b"\0\0", "encoding 3 with 16 bits"),
        (format_of(channels=0), b"\0\0", "0 channels"),
        (format_of(channels=9), b"\0" * 36, "9 channels"),
        (MONO[:12] + struct.pack("<HH", 7, 16), b"\0\0", "1 channels in 7 bytes"),
        (format_of(rate=0), b"\0\0", "0 samples a second"),
        (format_of(rate=0xFFFFFFFF), b"\0\0", "4,294,967,295 samples a second"),
        (format_of(rate=1000, bits=8), b"\0" * 3_600_001, "more than an hour"),
        (format_of(code=3, bits=32), np.array([0, np.nan], "<f4").tobytes(), "no numbers"),
        (format_of(code=3, bits=32), np.array([0, np.inf], "<f4").tobytes(), "no numbers"),
        (format_of(code=3, bits=64), np.array([0, 1e300], "<f8").tobytes(), "no numbers"),
    ],
)
def test_a_sound_that_cannot_be_heard_is_refused(tmp_path: Path, shape: bytes, samples: bytes, reason: str) -> None:
    path = write_chunks(tmp_path / "a.wav", {b"fmt ": shape, b"data": samples})
    with pytest.raises(UsageError, match=reason) as caught:
        read_waveform(path)
    assert str(path) in caught.value.message
    assert caught.value.repair


def test_a_sound_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tones(1000, 16000), 16000)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(UsageError, match="ends after 1,500 of 2,000 bytes"):
        read_waveform(path)
    without = write_chunks(tmp_path / "b.wav", {b"fmt ": MONO})
    with pytest.raises(UsageError, match="ends before its samples"):
        read_waveform(without)


def test_what_is_no_small_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_waveform(tmp_path / "absent.wav")
    with pytest.raises(UsageError, match="is no path"):
        read_waveform(Path("a\0b.wav"))
    with pytest.raises(UsageError, match="is no file"):
        read_waveform(tmp_path)
    large = tmp_path / "large.wav"
    with large.open("wb") as file:
        file.truncate(media_files.MEDIA_CAP + 1)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(UsageError, match="at most 64 MiB"):
        read_waveform(large)
