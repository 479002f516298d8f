"""Pictures drawn by a tiny Stable unCLIP: by the feature alone, offline, and from safetensors alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("diffusers", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.feature_painter import load_feature_painter  # noqa: E402
from reference_models.imagebind_llm.point_clouds import read_point_cloud  # noqa: E402
from reference_models.imagebind_llm.presets import make_tiny_imagebind_llm  # noqa: E402
from reference_models.mim.painter import DrawingSettings  # noqa: E402
from tests.given.tiny_dialogues import BLACK, WHITE, plain_picture  # noqa: E402
from tests.given.tiny_pipelines import save_tiny_sd, save_tiny_unclip  # noqa: E402
from vlitqa.contracts.conversations import BindingModel, FeaturePainter, Painter  # noqa: E402
from vlitqa.errors import ToolMissing, UsageError  # noqa: E402

pytestmark = pytest.mark.model
QUICK = DrawingSettings(steps=3)


@pytest.fixture(scope="module")
def unclip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipelines") / "unclip"
    save_tiny_unclip(folder)
    return folder


def test_a_picture_depends_on_its_feature_alone(unclip: Path) -> None:
    painter = load_feature_painter(str(unclip), QUICK)
    assert isinstance(painter, FeaturePainter)
    assert not isinstance(painter, Painter)
    assert painter.feature_width == 16
    feature, other = torch.randn(2, 16, generator=torch.Generator().manual_seed(1)) * 4
    first, second, again = (painter.paint_feature(vector) for vector in (feature, other, feature))
    torch.manual_seed(99)
    anew = load_feature_painter(str(unclip), QUICK).paint_feature(feature)
    assert first.digest == again.digest == anew.digest != second.digest
    assert first.pixels.shape == (32, 32, 3)


def test_the_pipeline_gets_the_feature_as_the_encoder_of_pictures_would_give_it(unclip: Path) -> None:
    painter = load_feature_painter(str(unclip), QUICK)
    feature = torch.arange(16.0) / 8
    settings = {"num_inference_steps": 3, "generator": torch.Generator().manual_seed(QUICK.seed)}
    (expected,) = painter.pipeline(image_embeds=feature[None], **settings).images
    np.testing.assert_array_equal(painter.paint_feature(feature).pixels, np.asarray(expected))


def test_what_is_no_stable_unclip_or_does_not_fit_is_refused(unclip: Path, tmp_path: Path) -> None:
    save_tiny_sd(tmp_path / "sd")
    with pytest.raises(ToolMissing, match="'StableDiffusionPipeline' and not StableUnCLIPImg2ImgPipeline"):
        load_feature_painter(str(tmp_path / "sd"))
    with pytest.raises(ToolMissing, match="neither the path of a folder nor in the cache") as caught:
        load_feature_painter("nobody/nothing")
    assert "hf download nobody/nothing" in caught.value.repair
    with pytest.raises(UsageError, match=r"a feature of the shape \(7,\) cannot be drawn"):
        load_feature_painter(str(unclip), QUICK).paint_feature(torch.zeros(7))


@torch.no_grad()
def test_the_vectors_that_are_drawn_are_the_outputs_of_heads_and_those_of_points_a_fifth(tmp_path: Path) -> None:
    model = make_tiny_imagebind_llm()
    assert isinstance(model, BindingModel)
    cloud = np.random.default_rng(0).normal(size=(8192, 3))
    np.save(tmp_path / "a.npy", cloud)
    np.save(tmp_path / "b.npy", np.full((40, 40), 2.0))
    cloud_file, depth_file = model.bind_file("point", tmp_path / "a.npy"), model.bind_file("depth", tmp_path / "b.npy")
    points, depth = cloud_file.projection, depth_file.projection
    assert torch.allclose(torch.nn.functional.normalize(points, dim=0), cloud_file.feature, atol=1e-5)
    assert torch.allclose(5 * depth / depth.norm(), depth_file.feature, atol=1e-5)
    pictures = [plain_picture(BLACK), plain_picture(WHITE)]
    seen = model.network.encoders.project("vision", torch.stack([model.pixels(picture) for picture in pictures]))
    expected = (depth + points + seen[0] + seen[1]) / 4
    assert torch.allclose(model.mix_projections([depth_file, cloud_file], pictures), expected, atol=1e-5)
    mixed = model.mix_projections([replace(depth_file, coefficient=3), replace(cloud_file, coefficient=-1)], [])
    assert torch.allclose(mixed, (3 * depth - points) / 4, atol=1e-5)
    heads = model.network.encoders.project("point", read_point_cloud(tmp_path / "a.npy", seed=0)[None])[0]
    assert torch.allclose(points, heads / 5)
