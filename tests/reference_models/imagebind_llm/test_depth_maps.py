"""Depth maps become the disparity that the encoder was trained with."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.depth_maps import DepthCamera, read_depth_map  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model


def saved_png(path: Path, depth: np.ndarray) -> Path:
    Image.fromarray(depth).save(path)
    return path


def saved_array(path: Path, depth: np.ndarray) -> Path:
    np.save(path, depth)
    return path


def normal(disparity: float) -> float:
    return (disparity / 75 - 0.0418) / 0.0295


def test_a_png_of_millimetres_and_an_array_of_metres_are_the_same(tmp_path: Path) -> None:
    depth = np.random.default_rng(0).integers(500, 9000, (60, 80)).astype(np.uint16)
    png = read_depth_map(saved_png(tmp_path / "a.png", depth))
    assert (png.shape, png.dtype) == ((1, 224, 224), torch.float32)
    assert torch.equal(png, read_depth_map(saved_array(tmp_path / "a.npy", depth)))
    assert torch.allclose(png, read_depth_map(saved_array(tmp_path / "b.npy", depth / 1000)), atol=1e-4)


def test_disparity_is_baseline_times_focal_length_over_depth(tmp_path: Path) -> None:
    path = saved_png(tmp_path / "a.png", np.full((300, 400), 2000, np.uint16))
    assert read_depth_map(path).unique().tolist() == pytest.approx([normal(0.075 * 518.86 / 2)], rel=1e-5)
    camera = DepthCamera(unit=0.0001, focal_length=600, baseline=0.1)
    assert read_depth_map(path, camera=camera).unique().tolist() == pytest.approx([normal(75)], rel=1e-5)
    camera = DepthCamera(unit=1, focal_length=600, baseline=0.1)
    assert read_depth_map(path, camera=camera).unique().tolist() == pytest.approx([normal(0.1 * 600 / 50)], rel=1e-5)


def test_only_the_middle_square_counts_and_what_was_not_measured_is_far(tmp_path: Path) -> None:
    depth = np.full((32, 64), 3.0)
    depth[:, 16:32], depth[:, :16] = 0, 0.5
    square = read_depth_map(saved_array(tmp_path / "a.npy", depth), side=32)[0]
    assert square[:, :16].unique().tolist() == pytest.approx([normal(0)], rel=1e-5)
    assert square[:, 16:].unique().tolist() == pytest.approx([normal(0.075 * 518.86 / 3)], rel=1e-5)
    assert read_depth_map(saved_array(tmp_path / "line.npy", np.ones((1, 100_000)))).shape == (1, 224, 224)


@pytest.mark.parametrize(
    ("depth", "reason"),
    [
        (np.zeros((4, 4)), "no depth but 0"),
        (np.full((4, 4), np.nan), "negative or no numbers"),
        (np.full((4, 4), np.inf), "negative or no numbers"),
        (np.full((4, 4), -1.0), "negative or no numbers"),
        (np.ones((4, 4, 3)), "the shape 4 x 4 x 3"),
        (np.ones((0, 4)), "the shape 0 x 4|no array"),
        (np.float32(2), "the shape one number"),
        (np.ones((4, 4), bool), "holds bool"),
    ],
)
def test_an_array_that_is_no_depth_map_is_refused(tmp_path: Path, depth: np.ndarray, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read_depth_map(saved_array(tmp_path / "a.npy", depth))
    assert caught.value.repair


def test_a_picture_that_is_no_depth_map_is_refused(tmp_path: Path) -> None:
    for pixels in (np.ones((4, 4), np.uint8), np.ones((4, 4, 3), np.uint8)):
        with pytest.raises(UsageError, match="8 bits a pixel"):
            read_depth_map(saved_png(tmp_path / "a.png", pixels))
    path = saved_png(tmp_path / "a.png", np.random.default_rng(0).integers(0, 9999, (90, 90)).astype(np.uint16))
    path.write_bytes(path.read_bytes()[:-6000])
    with pytest.raises(UsageError, match="cannot be decoded"):
        read_depth_map(path)
    path.write_bytes(b"no picture")
    with pytest.raises(UsageError, match="is no PNG"):
        read_depth_map(path)
    (tmp_path / "a.exr").touch()
    with pytest.raises(UsageError, match="is no depth map"):
        read_depth_map(tmp_path / "a.exr")


@pytest.mark.parametrize(("width", "height"), [(60_000, 2_000), (60_000, 60_000)])
def test_a_bomb_is_not_decoded(tmp_path: Path, width: int, height: int) -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        checked = name + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0))
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))
    with pytest.raises(UsageError, match=r"declares|cannot be decoded"):
        read_depth_map(path)
