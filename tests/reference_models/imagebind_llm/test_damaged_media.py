"""Files damaged at random are read or refused, and raise nothing but UsageError."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.audio_clips import read_audio_clips
from reference_models.imagebind_llm.depth_maps import read_depth_map
from reference_models.imagebind_llm.film_clips import read_film_clips
from reference_models.imagebind_llm.motion_files import read_motion
from reference_models.imagebind_llm.point_files import read_points
from reference_models.imagebind_llm.thermal_pictures import read_thermal_picture
from reference_models.training.pictures import small_scaler
from tests.given.sounds import ENCODINGS, tones, write_wav
from vlitqa.errors import UsageError

pytestmark = pytest.mark.model

FILES = 200
"""Of each kind."""
PLY = "ply\nformat {} 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
PIECES = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"9999999", b"(", b"-1", b"nan ", b"\n", b"{}")


def write_sound(path: Path, encoding: str) -> Callable[[Path], object]:
    write_wav(path, tones(900, 16000), 16000, encoding)
    return read_audio_clips


def write_ply(path: Path, encoding: str) -> Callable[[Path], object]:
    points = np.arange(6, dtype="<f4").reshape(2, 3)
    rows = b"0 1 2\n3 4 5\n" if encoding == "ascii" else points.tobytes()
    path.write_bytes(PLY.format(encoding).encode() + rows)
    return read_points


def write_lines(path: Path, _: str) -> Callable[[Path], object]:
    path.write_text("0.5 -1.25 3\n# a comment\n1 2,3\n")
    return read_points


def write_array(path: Path, kind: str) -> Callable[[Path], object]:
    np.save(path, np.ones((3, 3), kind))
    return read_points if kind == "f8" else read_depth_map


def write_png(path: Path, _: str) -> Callable[[Path], object]:
    Image.fromarray(np.arange(1600, dtype=np.uint16).reshape(40, 40)).save(path)
    return read_depth_map


def write_thermal(path: Path, kind: str) -> Callable[[Path], object]:
    Image.fromarray(np.arange(1600).reshape(40, 40).astype(kind)).save(path)
    return read_thermal_picture


def write_motion(path: Path, _: str) -> Callable[[Path], object]:
    path.write_text("ax,ay,az,gx,gy,gz\n1,2,3,4,5,6\n1.5,2,3,-4,5e-1,6\n")
    return read_motion


def write_film(path: Path, kind: str) -> Callable[[Path], object]:
    frames = [Image.new("RGB", (12, 8), (40 * number, 200, 9)) for number in range(5)]
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=100)
    return lambda film: read_film_clips(film, small_scaler(8))


CASES = [
    *((write_sound, "a.wav", encoding) for encoding in ENCODINGS),
    *((write_ply, "a.ply", encoding) for encoding in ("ascii", "binary_little_endian")),
    *((write_array, "a.npy", kind) for kind in ("f8", "u2")),
    (write_lines, "a.xyz", ""),
    (write_png, "a.png", ""),
    (write_motion, "a.csv", ""),
    *((write_thermal, "a.png", kind) for kind in ("u1", "u2")),
    *((write_film, "a.film", kind) for kind in ("GIF", "PNG", "WEBP")),
]


@pytest.mark.filterwarnings("error", "ignore:Reading `.npy`")
@pytest.mark.parametrize(("write", "name", "kind"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_damaged_file_raises_nothing_but_a_usage_error(
    tmp_path: Path, write: Callable[[Path, str], Callable[[Path], object]], name: str, kind: str
) -> None:
    path, draw = tmp_path / name, random.Random(kind)
    read = write(path, kind)
    read(path)
    content = path.read_bytes()
    for _ in range(FILES):
        path.write_bytes(damaged(content, draw))
        with suppress(UsageError):
            read(path)


def damaged(content: bytes, draw: random.Random) -> bytes:
    """The content cut short, or with a piece put into it, over it, or taken out of it."""
    place = draw.randrange(min(len(content), draw.choice((64, 200, 2000))))
    if draw.random() < 0.2:
        return content[:place]
    piece, covered = draw.choice((*PIECES, draw.randbytes(1))), draw.choice((0, 1, 4, 20))
    return content[:place] + piece + content[place + covered :]
