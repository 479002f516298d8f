"""Pictures drawn by tiny pipelines of Stable Diffusion: by the words alone, from safetensors alone, and offline."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("diffusers", reason="pip install 'vlitqa[models]'")

import huggingface_hub  # noqa: E402

from reference_models.mim.painter import DrawingSettings, load_painter  # noqa: E402
from reference_models.mim.png import encode_png  # noqa: E402
from reference_models.mim.presets import make_tiny_mim  # noqa: E402
from tests.given.tiny_pipelines import save_tiny_sd, save_tiny_sdxl  # noqa: E402
from vlitqa.contracts.conversations import Painter  # noqa: E402
from vlitqa.errors import ToolMissing, UsageError  # noqa: E402

pytestmark = pytest.mark.model
QUICK = DrawingSettings(steps=5)


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipelines")
    save_tiny_sdxl(folder)
    save_tiny_sd(folder / "sd")
    return folder


@pytest.fixture
def base(pipelines: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(pipelines / "base", tmp_path / "base"))


@pytest.mark.parametrize(("name", "refiner"), [("base", None), ("base", "refiner"), ("sd", None)])
def test_a_picture_depends_on_its_words_alone(pipelines: Path, name: str, refiner: str | None) -> None:
    arguments = str(pipelines / name), refiner and str(pipelines / refiner), QUICK
    painter = load_painter(*arguments)
    cat, dog, again = (painter.paint(words) for words in ("a red cat", "a dog", "a red cat"))
    torch.manual_seed(99)
    anew = load_painter(*arguments).paint("a red cat")
    assert cat.digest == again.digest == anew.digest != dog.digest
    np.testing.assert_array_equal(cat.pixels, anew.pixels)
    assert (cat.pixels != dog.pixels).mean() > 0.1


def test_the_refiner_goes_on_where_the_base_stopped(pipelines: Path) -> None:
    base, refiner = str(pipelines / "base"), str(pipelines / "refiner")
    alone = load_painter(base, settings=QUICK).paint("a cat")
    refined = load_painter(base, refiner, QUICK).paint("a cat")
    earlier = load_painter(base, refiner, DrawingSettings(steps=5, split=0.4)).paint("a cat")
    assert len({alone.digest, refined.digest, earlier.digest}) == 3


def test_the_published_settings_are_forty_steps_the_split_and_one_seed(pipelines: Path) -> None:
    assert DrawingSettings() == DrawingSettings(steps=40, split=0.8, seed=42)
    folder = str(pipelines / "sd")
    first, second = (load_painter(folder, settings=DrawingSettings(steps=3, seed=seed)) for seed in (1, 2))
    assert first.paint("a cat").digest != second.paint("a cat").digest


@pytest.mark.parametrize(("steps", "split"), [(0, 0.8), (5, 0.0), (5, 1.0), (5, 1.5)])
def test_no_steps_and_splits_at_the_ends_are_refused(steps: int, split: float) -> None:
    with pytest.raises(UsageError, match=f"drawn in {steps} steps that are split at {split}"):
        DrawingSettings(steps=steps, split=split)


def test_a_picture_is_that_of_its_file(pipelines: Path) -> None:
    picture = load_painter(str(pipelines / "sd"), settings=QUICK).paint("a cat")
    file = encode_png(picture.pixels)
    assert picture.digest == hashlib.sha256(file).hexdigest()[:16]
    assert (picture.width, picture.height, picture.format, picture.frames) == (32, 32, "PNG", 1)
    assert picture.pixels.dtype == np.uint8
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(file))), picture.pixels)


def test_the_noise_begins_as_the_pipeline_alone_would_draw_it(pipelines: Path) -> None:
    painter = load_painter(str(pipelines / "base"), settings=QUICK)
    noise = torch.Generator().manual_seed(42)
    (expected,) = painter.pipeline(prompt="a cat", num_inference_steps=5, generator=noise).images
    np.testing.assert_array_equal(painter.paint("a cat").pixels, np.asarray(expected))


def test_the_global_generators_and_the_folders_stay_as_they_were(pipelines: Path) -> None:
    def state() -> tuple[object, ...]:
        files = {path: path.read_bytes() for path in sorted(pipelines.rglob("*")) if path.is_file()}
        return torch.get_rng_state().tolist(), random.getstate(), repr(np.random.get_state()), files

    before = state()
    load_painter(str(pipelines / "base"), str(pipelines / "refiner"), QUICK).paint("a cat")
    assert state() == before


def test_loading_and_drawing_print_nothing(pipelines: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_painter(str(pipelines / "base"), str(pipelines / "refiner"), QUICK).paint("very " * 90 + "long")
    assert capfd.readouterr() == ("", "")


def test_a_pipeline_in_the_cache_of_the_hub_is_drawn_with(
    pipelines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "models--somebody--tiny-sd"
    shutil.copytree(pipelines / "sd", repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    cached = load_painter("somebody/tiny-sd", settings=QUICK).paint("a cat")
    assert cached.digest == load_painter(str(pipelines / "sd"), settings=QUICK).paint("a cat").digest


def test_weights_of_half_precision_are_read_where_there_are_no_others(base: Path) -> None:
    expected = load_painter(str(base), settings=QUICK).paint("a cat")
    for path in base.rglob("*.safetensors"):
        path.rename(path.with_suffix(".fp16.safetensors"))
    assert load_painter(str(base), settings=QUICK).paint("a cat").digest == expected.digest


def test_half_precision_draws_nearly_the_same_and_warns_of_nothing(
    pipelines: Path, recwarn: pytest.WarningsRecorder
) -> None:
    names = str(pipelines / "base"), str(pipelines / "refiner"), QUICK
    whole, half = load_painter(*names), load_painter(*names)
    half.pipeline.to(torch.float16)
    half.refiner.to(torch.float16)
    expected, drawn, again = whole.paint("a cat"), half.paint("a cat"), half.paint("a cat")
    assert np.abs(expected.pixels - drawn.pixels.astype(int)).max() <= 8
    assert drawn.digest == again.digest, "the decoder that was widened is narrow again"
    assert not [warning for warning in recwarn if warning.category is FutureWarning]


def test_a_model_looks_at_what_was_painted(pipelines: Path) -> None:
    painter: Painter = load_painter(str(pipelines / "sd"), settings=QUICK)
    model = make_tiny_mim()
    assert model.pixels(painter.paint("a cat")).shape == (3, 56, 56)


def spoil_index(folder: Path, **values: object) -> None:
    path = folder / "model_index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def use_pickle(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").rename(folder / "unet" / "diffusion_pytorch_model.bin")


def list_pickle(folder: Path) -> None:
    index = folder / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"conv_in.weight": "weights.bin"}}))


def list_absent(folder: Path) -> None:
    index = folder / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"conv_in.weight": "second.safetensors"}}))


def name_adapter(folder: Path) -> None:
    (folder / "text_encoder" / "adapter_config.json").write_text("{}")


def cut_weights(folder: Path) -> None:
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "no index": (lambda folder: (folder / "model_index.json").unlink(), "no pipeline of diffusers: it has no model_i"),
    "broken index": (lambda folder: (folder / "model_index.json").write_text("{"), "model_index.json cannot be read"),
    "another kind": (lambda folder: spoil_index(folder, _class_name="FluxPipeline"), "holds 'FluxPipeline' and not"),
    "code of its own": (lambda folder: spoil_index(folder, _class_name=["mine", "Mine"]), r"holds \['mine', 'Mine'\]"),
    "a foreign module": (lambda folder: spoil_index(folder, unet=["mine", "Net"]), "asks for the unet mine.Net, which"),
    "any class": (lambda folder: spoil_index(folder, unet=["diffusers", "AutoModel"]), "unet diffusers.AutoModel, wh"),
    "a foreign folder": (
        lambda folder: spoil_index(folder, **{"../x": ["diffusers", "Net"]}),
        "asks for the ../x diff",
    ),
    "a part missing": (lambda folder: shutil.rmtree(folder / "vae"), "has no vae"),
    "weights missing": (
        lambda folder: (folder / "vae" / "diffusion_pytorch_model.safetensors").unlink(),
        "no safetens",
    ),
    "a pickle": (use_pickle, "unet has no safetensors"),
    "a pickle in the list": (list_pickle, "lists 'weights.bin'"),
    "a file missing": (list_absent, "unet has no second.safetensors"),
    "an adapter": (name_adapter, "is an adapter"),
    "cut weights": (cut_weights, "cannot be loaded"),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_what_is_partial_foreign_or_unsafe_is_refused(base: Path, fault: str) -> None:
    spoil, message = SPOILED[fault]
    spoil(base)
    with pytest.raises(ToolMissing, match=message) as caught:
        load_painter(str(base), settings=QUICK)
    assert caught.value.repair


def test_a_missing_model_says_how_it_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="neither the path of a folder nor in the cache") as caught:
        load_painter("stabilityai/stable-diffusion-xl-base-1.0")
    assert caught.value.repair.startswith("hf download stabilityai/stable-diffusion-xl-base-1.0")
    with pytest.raises(ToolMissing, match="neither the path of a folder") as caught:
        load_painter(str(tmp_path / "nowhere"))
    assert "hf download" not in caught.value.repair


def test_a_missing_package_is_named(pipelines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vlitqa.backends.model_files.importlib.util.find_spec", {"torch": 1, "transformers": 1}.get)
    with pytest.raises(ToolMissing, match="the package diffusers is not installed") as caught:
        load_painter(str(pipelines / "sd"))
    assert caught.value.repair == "pip install 'vlitqa[models]'"


def test_a_refiner_belongs_to_stable_diffusion_xl(pipelines: Path) -> None:
    with pytest.raises(UsageError, match="has no refiner"):
        load_painter(str(pipelines / "sd"), str(pipelines / "refiner"))
    with pytest.raises(ToolMissing, match="holds 'StableDiffusionXLPipeline' and not StableDiffusionXLImg2Img"):
        load_painter(str(pipelines / "base"), str(pipelines / "base"))
    with pytest.raises(ToolMissing, match="holds 'StableDiffusionXLImg2ImgPipeline' and not"):
        load_painter(str(pipelines / "refiner"))
