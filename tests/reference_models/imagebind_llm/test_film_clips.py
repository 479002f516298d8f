"""Films become clips of two frames, of which no other frame is kept."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm import film_files  # noqa: E402
from reference_models.imagebind_llm.film_clips import choose_frames, read_film_clips  # noqa: E402
from reference_models.imagebind_llm.film_files import open_film  # noqa: E402
from reference_models.training.pictures import clip_scaler, small_scaler  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model


def shades(count: int, width: int = 12, height: int = 8) -> list[Image.Image]:
    """Frames that grow brighter, one shade each."""
    return [Image.new("RGB", (width, height), (number, number, number)) for number in range(count)]


def saved(path: Path, frames: list[Image.Image], duration: int = 100) -> Path:
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=duration, lossless=True)
    return path


def shade_pairs(clips: torch.Tensor) -> list[tuple[int, int]]:
    """The shades of the two frames of each clip, which `small_scaler` has normalised."""
    values = ((clips[:, 0, :, 0, 0] * 0.25 + 0.5) * 255).round().int()  # (clips, 2)
    return [(int(first), int(last)) for first, last in values]


def test_clips_of_two_seconds_are_spread_from_the_beginning_to_the_end() -> None:
    assert choose_frames(100, 10) == [(0, 19), (20, 39), (40, 59), (60, 79), (80, 99)]
    assert choose_frames(22, 10) == [(0, 19), (0, 19), (1, 20), (1, 20), (2, 21)]
    assert choose_frames(7, 10) == [(0, 6)] * 5
    assert choose_frames(9, 0.1) == [(0, 1), (1, 2), (3, 4), (5, 6), (7, 8)]


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_an_animation_is_read_at_its_own_speed(tmp_path: Path, name: str) -> None:
    clips = read_film_clips(saved(tmp_path / name, shades(60), duration=200), small_scaler(16))
    assert clips.shape == (5, 3, 2, 16, 16)
    assert shade_pairs(clips) == [(0, 9), (12, 21), (25, 34), (37, 46), (50, 59)]


def test_a_folder_holds_four_frames_a_second_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number, frame in enumerate(shades(24)):
        frame.save(tmp_path / f"frame{number}.png")
    (tmp_path / "notes.txt").write_text("no frame")
    pairs = shade_pairs(read_film_clips(tmp_path, small_scaler(8)))
    assert pairs == [(0, 7), (4, 11), (8, 15), (12, 19), (16, 23)]


def test_where_pictures_are_cut_for_the_encoder_a_frame_is_seen_in_three_squares(tmp_path: Path) -> None:
    film = saved(tmp_path / "a.webp", shades(3))
    pixels = np.zeros((8, 24, 3), np.uint8)
    pixels[:, :8], pixels[:, 8:16], pixels[:, 16:] = 10, 100, 200
    film = saved(tmp_path / "a.webp", [Image.fromarray(pixels), Image.fromarray(pixels + 1)])
    clips = read_film_clips(film, clip_scaler(8, "crop"))
    assert clips.shape == (15, 3, 2, 8, 8)
    scaled = [((shade / 255) - 0.48145466) / 0.26862954 for shade in (10, 100, 200)]
    assert clips[:3, 0, 0, 4, 4].tolist() == pytest.approx(scaled, abs=1e-5)


def test_only_frames_that_are_seen_are_kept(tmp_path: Path) -> None:
    film = saved(tmp_path / "a.gif", shades(240, width=500, height=400), duration=20)
    tracemalloc.start()
    read_film_clips(film, small_scaler(8))
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert highest < 90e6, "240 frames have 144 MB; the room in which a file is read has 67 MB"


def test_a_frame_that_is_damaged_is_named_and_one_that_is_not_seen_is_not_opened(tmp_path: Path) -> None:
    for number, frame in enumerate(shades(80)):
        frame.save(tmp_path / f"{number}.png")
    (tmp_path / "3.png").write_text("<html>")
    read_film_clips(tmp_path, small_scaler(8))
    (tmp_path / "79.png").write_text("<html>")
    with pytest.raises(UsageError, match=r"The frame 79\.png of .* is damaged: the file is an HTML page"):
        read_film_clips(tmp_path, small_scaler(8))


def test_what_is_no_film_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "page.gif").write_text("<html>")
    (tmp_path / "film.bin").write_bytes(b"\0\0\0\x20ftypisom")
    cases = {
        saved(tmp_path / "still.png", shades(1)): "has one frame, and is no film",
        tmp_path / "empty": "has no frames, and is no film",
        tmp_path / "page.gif": "is no GIF or WEBP or PNG",
        tmp_path / "film.bin": "in a container that is not read here",
        tmp_path / "film.mp4": "in a container that is not read here",
        tmp_path / "nowhere.gif": "No such file",
    }
    for path, reason in cases.items():
        with pytest.raises(UsageError, match=reason) as caught:
            open_film(path)
        assert caught.value.repair
        assert ("ffmpeg" in caught.value.repair) == path.name.startswith("film")
    monkeypatch.setattr(film_files, "_MOST_PIXELS", 500)
    with pytest.raises(UsageError, match="has 6 frames of 12 x 8 pixels"):
        open_film(saved(tmp_path / "long.gif", shades(6)))
