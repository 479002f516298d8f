"""Files of every kind are embedded by the model that has their encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_HUGE, IMAGEBIND_NANO  # noqa: E402
from reference_models.imagebind_llm.film_clips import read_film_clips  # noqa: E402
from reference_models.imagebind_llm.inputs import READERS, readable_modalities  # noqa: E402
from reference_models.imagebind_llm.presets import make_tiny_imagebind_llm  # noqa: E402
from tests.given.sounds import tones, write_wav  # noqa: E402

pytestmark = pytest.mark.model


def write_media(folder: Path) -> dict[str, Path]:
    """A file of every kind that is read."""
    draw = np.random.default_rng(0)
    write_wav(folder / "tone.wav", tones(16_000, 16_000), 16_000)
    np.save(folder / "depth.npy", np.full((40, 40), 2.0))
    Image.fromarray(draw.integers(0, 255, (40, 40)).astype(np.uint8)).save(folder / "warm.png")
    np.save(folder / "walk.npy", draw.normal(size=(300, 6)))
    np.save(folder / "chair.npy", draw.normal(size=(600, 3)))
    frames = [Image.fromarray(draw.integers(0, 255, (40, 50, 3)).astype(np.uint8)) for _ in range(4)]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:], duration=100)
    return {
        "audio": folder / "tone.wav",
        "depth": folder / "depth.npy",
        "thermal": folder / "warm.png",
        "imu": folder / "walk.npy",
        "point": folder / "chair.npy",
        "video": folder / "film.gif",
    }


def test_kinds_are_offered_where_the_model_has_their_encoder() -> None:
    assert readable_modalities(IMAGEBIND_HUGE) == tuple(READERS)
    assert readable_modalities(IMAGEBIND_NANO) == ("audio", "depth", "video")


def test_a_file_of_every_kind_has_a_feature_of_its_own(tmp_path: Path) -> None:
    model, files = make_tiny_imagebind_llm(), write_media(tmp_path)
    assert model.other_inputs == tuple(files) == tuple(READERS)
    features = [model.embed_file(name, path) for name, path in files.items()]
    assert {tuple(feature.shape) for feature in features} == {(16,)}
    assert all(bool(feature.isfinite().all()) for feature in features)
    assert len({tuple(feature.tolist()) for feature in features}) == len(files)


@torch.no_grad()
def test_the_feature_of_a_film_is_the_mean_of_its_clips(tmp_path: Path) -> None:
    model, film = make_tiny_imagebind_llm(), write_media(tmp_path)["video"]
    clips = read_film_clips(film, model.scaler)
    features = [model.network.encoders.embed("vision", clip[None, None])[0] for clip in clips]
    assert torch.allclose(model.embed_file("video", film), torch.stack(features).mean(0), atol=1e-5)
