"""Images that would take minutes or gigabytes to decode are refused before; photographs of every kind stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.evil.test_images import seen
from tests.given.drawings import file_of, landscape
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.contracts.tools import Picture
from vlitqa.errors import ImageFault
from vlitqa.records import ImageRef

LOOK = """
import resource, sys
from pathlib import Path
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.errors import ImageFault
from vlitqa.records import ImageRef
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    ImageFolder(()).look(ImageRef("a", Path(sys.argv[1]).read_bytes()), 256)
    print("a picture")
except ImageFault as fault:
    print(fault.code)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def _look(path: Path) -> tuple[str, int]:
    """A picture or the code of its fault, and the megabytes that looking at it took."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, path], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    outcome, megabytes = done.stdout.splitlines()
    return outcome, int(megabytes)


def _progressive(width: int, height: int, *, scans: int) -> bytes:
    """A progressive JPEG whose last scan is repeated until there are so many."""
    whole = file_of(landscape(1).resize((width, height)), "JPEG", progressive=True)
    start, end = whole.rindex(b"\xff\xda"), whole.rindex(b"\xff\xd9")
    return whole[:end] + whole[start:end] * (scans - whole.count(b"\xff\xda")) + whole[end:]


def _gif_with_comments(blocks: int, *, size: int) -> bytes:
    """A GIF of one frame with a comment of so many blocks in front of it."""
    whole = file_of(landscape(1, 40, 30).quantize(4), "GIF")
    frame = 13 + (3 << ((whole[10] & 7) + 1))
    comment = b"\x21\xfe" + (bytes([size]) + b"c" * size) * blocks + b"\0"
    return whole[:frame] + comment + whole[frame:]


@pytest.mark.parametrize("scans", [501, 10_000])
def test_a_jpeg_of_thousands_of_passes_is_refused(scans: int) -> None:
    assert seen(_progressive(64, 48, scans=scans)) == "image_bomb"


@pytest.mark.slow
def test_passes_count_for_more_where_there_are_more_pixels() -> None:
    with pytest.raises(ImageFault, match="draws 6000 x 4000 pixels in 100 passes"):
        ImageFolder(()).look(ImageRef("", _progressive(6000, 4000, scans=100)), 256)


@pytest.mark.parametrize("scans", [10, 30, 100])
def test_an_ordinary_progressive_jpeg_is_a_picture(scans: int) -> None:
    assert isinstance(seen(_progressive(320, 240, scans=scans)), Picture)


@pytest.mark.slow
@pytest.mark.parametrize(("blocks", "size"), [(160_000, 255), (10_000_000, 1)])
def test_a_gif_of_40_megabytes_of_comments_is_refused_in_little_memory(blocks: int, size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(_gif_with_comments(blocks, size=size))
    outcome, megabytes = _look(path)
    assert outcome == "image_bomb"
    assert megabytes < 100


@pytest.mark.parametrize("blocks", [0, 1, 1000])
def test_a_gif_with_a_comment_is_a_picture(blocks: int) -> None:
    assert isinstance(seen(_gif_with_comments(blocks, size=200)), Picture)


def test_comments_between_the_frames_of_a_gif_count_as_well() -> None:
    frames = [landscape(seed, 40, 30).quantize(4) for seed in (1, 2)]
    whole = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    second = whole.rindex(b"\x21\xf9")
    comment = b"\x21\xfe" + (b"\x01c") * 20_000 + b"\0"
    assert isinstance(seen(whole), Picture)
    assert seen(whole[:second] + comment + whole[second:]) == "image_bomb"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_enormous_picture_of_few_bytes_takes_bounded_memory(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    huge = Image.new("I;16", (8000, 8000)) if kind == "PNG" else Image.new("RGB", (8000, 8000))
    options = {"lossless": True} if kind == "WEBP" else {}
    path.write_bytes(file_of(huge, kind, **options))
    assert path.stat().st_size < 300_000
    outcome, megabytes = _look(path)
    assert outcome == ("image_bomb" if kind == "WEBP" else "a picture")
    assert megabytes < 400


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_of_24_megapixels_is_a_picture(kind: str) -> None:
    assert isinstance(seen(file_of(landscape(3).resize((6000, 4000)), kind)), Picture)


def test_a_line_of_a_hundred_thousand_pixels_is_refused() -> None:
    assert seen(file_of(Image.new("L", (100_000, 40)))) == "image_bomb"


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1"])
def test_a_picture_is_scaled_as_if_it_had_been_coloured_first(mode: str) -> None:
    image = landscape(5, 700, 500).convert(mode)
    expected = image.convert("RGB").resize((358, 256), Image.Resampling.BILINEAR, reducing_gap=2.0)
    picture = seen(file_of(image))
    assert isinstance(picture, Picture)
    assert np.array_equal(picture.pixels, np.asarray(expected))


def test_an_embedded_image_over_the_byte_cap_is_too_large() -> None:
    assert seen(b"\xff\xd8\xff" + bytes(64 << 20)) == "image_too_large"
