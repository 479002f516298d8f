"""Videos and sounds: their length, their frames, and a code for everything that can be wrong with their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.given.recordings import BLUE, RED, SECONDS, make_sound, make_video
from vlitqa.backends import recording_folder
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.recording_folder import RecordingFolder
from vlitqa.errors import ImageFault, RecordingFault
from vlitqa.records import AUDIO, VIDEO, Frame, ImageRef, Recording

VIDEOS = {"clip.mp4": "mpeg4", "clip.mkv": "mpeg4", "clip.avi": "mpeg4", "clip.webm": "libvpx", "clip.mov": "mpeg4"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    for name, codec in VIDEOS.items():
        make_video(folder / name, codec=codec)
    make_sound(folder / "tone.wav")
    (folder / "empty.mp4").touch()
    (folder / "page.mp4").write_text("<html>Not found</html>" * 50)
    (folder / "folder.mp4").mkdir()
    (folder / "sound.mp4").write_bytes((folder / "tone.wav").read_bytes())
    return folder


def code_of(folder: Path, recording: Recording) -> str:
    """The code of the fault of a recording; `whole` where it plays to its end."""
    try:
        RecordingFolder((str(folder),)).probe(recording)
    except RecordingFault as fault:
        return fault.code
    return "whole"


@pytest.mark.parametrize("name", VIDEOS)
def test_the_length_and_the_size_of_a_video_are_those_that_it_was_made_with(root: Path, name: str) -> None:
    probed = RecordingFolder((str(root),)).probe(Recording(VIDEO, name))
    assert (probed.width, probed.height) == (64, 48)
    assert probed.seconds == pytest.approx(SECONDS, abs=0.11)


def test_the_length_of_a_sound_is_that_which_it_was_made_with(root: Path) -> None:
    folder = RecordingFolder((str(root),))
    assert folder.probe(Recording(AUDIO, "tone.wav")).seconds == pytest.approx(2.0, abs=0.01)
    assert folder.probe(Recording(AUDIO, "tone")) == folder.probe(Recording(AUDIO, f"file://{root}/tone.wav"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gone.mp4", "media_missing"),
        ("", "media_missing"),
        ("empty.mp4", "media_empty"),
        ("sound.mp4", "media_no_stream"),
        ("page.mp4", "media_corrupt"),
        ("folder.mp4", "media_not_regular"),
        ("../clip.mp4", "media_outside_root"),
        ("file:///etc/passwd", "media_outside_root"),
        ("https://example.org/clip.mp4", "media_remote"),
    ],
)
def test_a_file_that_is_no_video_earns_its_code(root: Path, name: str, code: str) -> None:
    assert code_of(root, Recording(VIDEO, name)) == code


def test_bytes_without_a_file_are_read_too(root: Path) -> None:
    whole = (root / "clip.mp4").read_bytes()
    assert code_of(root, Recording(VIDEO, data=whole)) == "whole"
    assert code_of(root, Recording(VIDEO, data=b"")) == "media_empty"
    assert code_of(root, Recording(AUDIO, data=whole)) == "media_no_stream"


@pytest.mark.parametrize("name", [*VIDEOS, "tone.wav"])
@pytest.mark.parametrize("share", [0.03, 0.2, 0.6, 0.7])
def test_a_file_that_was_cut_off_is_never_called_whole(root: Path, name: str, share: float) -> None:
    data = (root / name).read_bytes()
    kind = AUDIO if name.endswith(".wav") else VIDEO
    assert code_of(root, Recording(kind, data=data[: int(len(data) * share)])).startswith("media_")


@pytest.mark.parametrize("name", VIDEOS)
def test_frames_are_those_of_the_middle_of_equal_parts(root: Path, name: str) -> None:
    images = ImageFolder((str(root),))
    pictures = [images.look(ImageRef(name, frame=Frame(number, 4)), 24) for number in range(4)]
    assert {picture.pixels.shape for picture in pictures} == {(24, 32, 3)}
    for picture, colour in zip(pictures, (RED, RED, BLUE, BLUE), strict=True):
        assert np.abs(np.median(picture.pixels, axis=(0, 1)) - colour).max() < 25
    bars = [int(picture.pixels.sum(axis=(0, 2)).argmax()) for picture in pictures]
    assert bars == sorted(bars), "the bar moves to the right"
    assert len({picture.digest for picture in pictures}) == 4


def test_a_frame_of_a_video_without_one_says_so(root: Path) -> None:
    images = ImageFolder((str(root),))
    for _ in range(2):  # the second time it is remembered
        with pytest.raises(ImageFault) as caught:
            images.look(ImageRef("empty.mp4", frame=Frame(1, 4)), 24)
        assert caught.value.code == "media_empty"


def test_the_fingerprint_changes_with_the_file_and_the_frame(root: Path, tmp_path: Path) -> None:
    folder, video = RecordingFolder((str(tmp_path),)), Recording(VIDEO, "clip.mp4")
    (tmp_path / "clip.mp4").write_bytes((root / "clip.mp4").read_bytes())
    before = folder.fingerprint(video)
    assert folder.fingerprint(video) == before
    (tmp_path / "clip.mp4").write_bytes(b"other")
    assert folder.fingerprint(video) != before
    images = ImageFolder((str(root),))
    prints = [images.fingerprint(ImageRef("clip.mp4", frame=Frame(*frame))) for frame in ((0, 4), (1, 4), (1, 5))]
    assert len(set(prints)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{file}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {file}\n",
        '<?xml version="1.0"?><MPD><BaseURL>{file}</BaseURL></MPD>',
    ],
)
def test_a_playlist_leads_to_no_other_file(root: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "list.mp4").write_text(text.format(file=root / "clip.mp4") * 3)
    assert code_of(tmp_path, Recording(VIDEO, "list.mp4")) == "media_corrupt"


def test_without_what_decodes_them_recordings_are_found_and_not_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_folder, "can_decode_recordings", lambda: False)
    assert code_of(root, Recording(VIDEO, "clip.mp4")) == "unread_media"
    assert code_of(root, Recording(VIDEO, "gone.mp4")) == "media_missing"
    assert code_of(root, Recording(VIDEO, "empty.mp4")) == "media_empty"
