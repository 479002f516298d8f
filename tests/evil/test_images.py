"""Images that are damaged, enormous, tiny, or no images at all: a code for each, never a crash."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.given.drawings import file_of, landscape, plain
from tests.given.run_cli import vlitqa
from vlitqa.backends.image_folder import BYTE_CAP, ImageFolder
from vlitqa.backends.recording_folder import RecordingFolder
from vlitqa.backends.toolbox import OpenTools
from vlitqa.contracts.tools import Picture
from vlitqa.errors import ImageFault
from vlitqa.metrics.integrity import Integrity
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.results.faults import FAULTS

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
NO_IMAGES = {
    "an HTML page": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "an SVG drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
    "an XML document": b'<?xml version="1.0"?><svg/>',
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\nshowpage\n%%EOF",
    "a Photoshop file": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 8, 8, 8, 3) + bytes(300),
    "a TIFF": file_of(plain(90), "TIFF"),
    "a FITS file": b"SIMPLE  =                    T" + b" " * 2850 + bytes(2880),
    "a PDF": b"%PDF-1.7\n%%EOF",
    "of an unknown type": bytes(range(200)),
    "empty": b"",
}


FULL = 1 << 20
"""A side that no image reaches: it is not scaled."""


def seen(content: bytes, side: int = 256) -> Picture | str:
    """The picture in some bytes, or the code of what is wrong with them."""
    try:
        return ImageFolder(()).look(ImageRef("a.jpg", content), side)
    except ImageFault as fault:
        code = fault.code
    assert code in FAULTS
    return code


def codes(content: bytes) -> list[str]:
    """The codes that the integrity metric gives one image."""
    record = Record((Turn("What is this?", "A picture."),), (ImageRef("a.jpg", content),))
    (measurement,) = Integrity().measure([record], OpenTools(ImageFolder(()), RecordingFolder(())))
    return list(measurement.evidence.get("codes", ()))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG of grey pixels with these chunks between its first and its last."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join((chunk(b"IHDR", header), *chunks, chunk(b"IEND", b"")))


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG with its length and checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("percent", range(5, 100, 5))
def test_an_image_that_was_cut_anywhere_is_truncated_or_corrupt(kind: str, percent: int) -> None:
    whole = file_of(landscape(1, 96, 64), kind)
    assert seen(whole[: len(whole) * percent // 100]) in ("image_truncated", "image_corrupt")
    assert isinstance(seen(whole), Picture)


def test_a_photograph_cut_in_half_is_named_truncated() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP"):
        whole = file_of(landscape(2), kind)
        assert seen(whole[: len(whole) // 2]) == "image_truncated"


@pytest.mark.parametrize("kind", FORMATS)
def test_flipped_bytes_give_a_picture_or_a_code(kind: str) -> None:
    whole = file_of(landscape(3, 48, 32), kind)
    chance = random.Random(7)
    outcomes = set()
    for _ in range(400):
        flipped = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            flipped[chance.randrange(min(len(whole), chance.choice((64, len(whole)))))] = chance.randrange(256)
        outcome = seen(bytes(flipped))
        outcomes.add(outcome if isinstance(outcome, str) else "a picture")
    assert len(outcomes) > 2


@pytest.mark.parametrize("kind", NO_IMAGES)
def test_a_file_that_is_no_image_is_refused_whatever_its_name(kind: str) -> None:
    with pytest.raises(ImageFault) as caught:
        ImageFolder(()).look(ImageRef("photo.jpg", NO_IMAGES[kind]), FULL)
    assert caught.value.code == "image_wrong_type"
    assert f"the file is {kind}, not one of" in caught.value.reason


def test_a_header_that_declares_400_million_pixels_is_a_bomb() -> None:
    assert seen(png(20_000, 20_000, chunk(b"IDAT", zlib.compress(bytes(1000))))) == "image_bomb"


def test_a_header_just_over_the_cap_is_a_bomb() -> None:
    assert seen(png(8_001, 8_000, chunk(b"IDAT", zlib.compress(bytes(1000))))) == "image_bomb"


def test_a_text_chunk_that_inflates_to_100_megabytes_is_corrupt() -> None:
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100 << 20), 1))
    pixels = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(8) for _ in range(8))))
    assert seen(png(8, 8, text, pixels)) == "image_corrupt"
    assert isinstance(seen(png(8, 8, pixels)), Picture)


def test_an_image_of_one_pixel_row_is_read_and_found_odd() -> None:
    line = file_of(Image.fromarray(np.arange(65_500, dtype=np.uint8).reshape(1, -1) % 251), "JPEG")
    picture = seen(line)
    assert isinstance(picture, Picture)
    assert (picture.width, picture.height) == (65_500, 1)
    assert {"long_image", "tiny_image"} <= set(codes(line))


def test_an_image_of_one_pixel_is_tiny_and_blank() -> None:
    assert codes(file_of(plain(120, 1, 1))) == ["blank_image", "tiny_image"]


def test_only_the_first_frame_of_an_animation_is_read() -> None:
    frames = [plain(200, 40, 40), *(plain(number % 90, 40, 40) for number in range(300))]
    moving = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    picture = seen(moving)
    assert isinstance(picture, Picture)
    assert picture.frames > 1
    assert set(picture.pixels.ravel().tolist()) == {200}
    assert "animated_image" in codes(moving)


def test_sixteen_bits_a_pixel_keep_their_shades() -> None:
    ramp = np.linspace(0, 65_535, 64 * 64).astype(np.uint16).reshape(64, 64)
    picture = seen(file_of(Image.fromarray(ramp)))
    assert isinstance(picture, Picture)
    assert picture.pixels[..., 0].tolist() == (ramp >> 8).tolist()


@pytest.mark.slow
def test_large_images_do_not_gather_in_memory() -> None:
    folder = ImageFolder(())
    refs = [ImageRef("", file_of(plain(grey, 4000, 4000), "JPEG")) for grey in range(0, 160, 20)]
    pictures = [folder.look(ref, FULL) for ref in refs]
    assert folder.look(refs[-1], FULL) is pictures[-1], "the latest is kept"
    assert folder.look(refs[0], FULL) is not pictures[0], "384 megabytes later the first is gone"


def test_a_file_over_the_byte_cap_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "large.jpg").open("wb") as file:
        file.truncate(BYTE_CAP + 1)
    with pytest.raises(ImageFault) as caught:
        ImageFolder((str(tmp_path),)).look(ImageRef("large.jpg"), FULL)
    assert caught.value.code == "image_too_large"


@pytest.mark.slow
def test_pillow_never_speaks_to_the_user(tmp_path: Path) -> None:
    noisy = BytesIO()
    Image.new("P", (64, 64)).save(noisy, "PNG", transparency=bytes(range(200)))
    (tmp_path / "a.png").write_bytes(noisy.getvalue())
    (tmp_path / "b.png").write_bytes(png(9_000, 8_000))
    (tmp_path / "data.jsonl").write_text(
        "".join(
            f'{{"id": "{name}", "image": "{name}.png", "conversations": '
            '[{"from": "human", "value": "<image>\\nWhat?"}, {"from": "gpt", "value": "That."}]}\n'
            for name in "ab"
        )
    )
    done = vlitqa("check", tmp_path / "data.jsonl", cwd=tmp_path)
    assert "image_bomb" in done.stdout
    assert "blank_image" in done.stdout
    assert "Warning" not in done.stdout + done.stderr
