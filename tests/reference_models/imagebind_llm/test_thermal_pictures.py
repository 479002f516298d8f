"""Thermal pictures become shares of warmth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.thermal_pictures import read_thermal_picture  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model


def saved(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def test_eight_bits_are_shares_of_white_and_only_the_middle_square_counts(tmp_path: Path) -> None:
    pixels = np.full((32, 64), 51, np.uint8)
    pixels[:, :16], pixels[16:, 16:48] = 255, 102
    warmth = read_thermal_picture(saved(tmp_path / "a.png", pixels), side=32)
    assert (warmth.shape, warmth.dtype) == ((1, 32, 32), torch.float32)
    assert warmth[0, :16].unique().tolist() == pytest.approx([0.2])
    assert warmth[0, 16:].unique().tolist() == pytest.approx([0.4])
    grey = np.repeat(pixels[..., None], 3, axis=2)
    assert torch.equal(warmth, read_thermal_picture(saved(tmp_path / "b.png", grey), side=32))


def test_sixteen_bits_reach_from_the_coldest_to_the_warmest(tmp_path: Path) -> None:
    pixels = np.full((8, 8), 29_000, np.uint16)
    pixels[:4], pixels[0, 0] = 30_000, 31_000
    warmth = read_thermal_picture(saved(tmp_path / "a.png", pixels), side=8)[0]
    assert (warmth[0, 0], warmth[1, 1], warmth[7, 7]) == (1, 0.5, 0)


def test_what_is_no_thermal_picture_is_refused(tmp_path: Path) -> None:
    coloured = np.zeros((4, 4, 3), np.uint8)
    coloured[0, 0] = (255, 0, 0)
    (tmp_path / "c.png").write_text("<html>")
    cases = {
        saved(tmp_path / "a.png", coloured): "is in colours",
        saved(tmp_path / "b.png", np.full((4, 4), 7, np.uint8)): "equally warm everywhere",
        tmp_path / "c.png": "is no PNG",
        tmp_path / "d.jpg": "is no thermal picture",
        tmp_path / "e.png": "No such file",
    }
    for path, reason in cases.items():
        with pytest.raises(UsageError, match=reason) as caught:
            read_thermal_picture(path)
        assert caught.value.repair
