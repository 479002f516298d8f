"""A LLaVA is read from the layout of transformers and from that of the original code, and damaged ones are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from safetensors.torch import save_file  # noqa: E402
from transformers import LlavaConfig, LlavaForConditionalGeneration  # noqa: E402

from reference_models.llava.configs import published_parts  # noqa: E402
from reference_models.llava.key_map import to_original, to_transformers  # noqa: E402
from reference_models.llava.loading import load_llava  # noqa: E402
from reference_models.llava.model import ReferenceLlava  # noqa: E402
from reference_models.llava.presets import make_tiny_llava  # noqa: E402
from reference_models.llava.projector import PROJECTORS  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from tests.given.tiny_dialogues import ONE_IMAGE, plain_picture  # noqa: E402
from vlitqa.errors import ToolMissing  # noqa: E402

pytestmark = pytest.mark.model


def losses(model: ReferenceLlava) -> torch.Tensor:
    pixels = torch.linspace(-1, 1, 3 * 56 * 56).reshape(3, 56, 56)
    with torch.no_grad():
        return model.losses(batch_rows([[model.document(ONE_IMAGE)]], [pixels]))


def save_original(model: ReferenceLlava, folder: Path, *, with_tower: bool) -> Path:
    """Writes the layout of LLaVA's own code: a Llama's configuration, its names, and often no tower."""
    network, tower = model.network, folder / "tower"
    config = json.loads(network.config.text_config.to_json_string())
    is_linear = any(name.endswith("projector.linear.weight") for name in network.state_dict())
    projector = "linear" if is_linear else "mlp2x_gelu"
    config |= {"model_type": "llava_llama", "mm_vision_tower": str(tower), "mm_projector_type": projector}
    network.model.vision_tower.save_pretrained(tower)
    model.tokenizer.save_pretrained(folder)
    model.tokenizer.save_pretrained(tower)
    weights = to_original(network.state_dict())
    kept = {name: weight.clone() for name, weight in weights.items() if with_tower or "vision_tower" not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.mark.parametrize("projector", PROJECTORS)
@pytest.mark.parametrize("with_tower", [True, False], ids=["with its tower", "tower elsewhere"])
def test_the_layout_of_the_original_gives_the_same_losses(tmp_path: Path, projector: str, *, with_tower: bool) -> None:
    model = make_tiny_llava(projector, template="vicuna_v1")
    again = load_llava(str(save_original(model, tmp_path, with_tower=with_tower)))
    assert again.template_name == "vicuna_v1"
    assert torch.allclose(losses(again), losses(model), atol=1e-5)


@pytest.mark.parametrize("projector", PROJECTORS)
def test_names_come_back_from_the_original_ones(projector: str) -> None:
    weights = make_tiny_llava(projector).network.state_dict()
    original = to_original(weights)
    assert to_transformers(original).keys() == weights.keys()
    assert {name.partition(".")[0] for name in original} == {"model", "lm_head"}
    assert not [name for name in original if "multi_modal" in name or "language_model" in name]


def test_names_of_published_files_lead_to_parameters_of_their_shapes() -> None:
    """LLaVA-1.5-7B, on the meta device: names of its projector, layers and embeddings, and the parameters in all."""
    vision, text = published_parts()
    config = LlavaConfig(vision_config=vision, text_config=text)
    with torch.device("meta"):
        shapes = {
            name: tuple(weight.shape) for name, weight in LlavaForConditionalGeneration(config).state_dict().items()
        }
    published = {
        "model.mm_projector.0.weight": (4096, 1024),
        "model.mm_projector.2.bias": (4096,),
        "model.embed_tokens.weight": (32_064, 4096),
        "model.layers.31.mlp.down_proj.weight": (4096, 11_008),
        "model.vision_tower.vision_tower.vision_model.encoder.layers.23.mlp.fc1.weight": (4096, 1024),
        "lm_head.weight": (32_064, 4096),
    }
    for name, shape in published.items():
        (ours,) = to_transformers({name: torch.empty(0)})
        assert shapes[ours] == shape


def test_transformers_itself_loads_what_was_saved(tmp_path: Path) -> None:
    model = make_tiny_llava()
    model.save(tmp_path)
    network = LlavaForConditionalGeneration.from_pretrained(tmp_path)
    weights = network.state_dict()
    assert all(torch.equal(weight, weights[name]) for name, weight in model.network.state_dict().items())


def test_a_picture_is_scaled_alike_after_loading(tmp_path: Path) -> None:
    model = make_tiny_llava()
    model.save(tmp_path)
    picture = plain_picture(90)
    assert torch.equal(load_llava(str(tmp_path)).pixels(picture), model.pixels(picture))


def test_weights_that_are_cut_off_are_refused(tmp_path: Path) -> None:
    make_tiny_llava().save(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1_000])
    with pytest.raises(ToolMissing, match="cannot be loaded"):
        load_llava(str(tmp_path))


def test_weights_that_lack_a_part_are_refused(tmp_path: Path) -> None:
    model = make_tiny_llava()
    model.save(tmp_path)
    weights = {name: weight.clone() for name, weight in model.network.state_dict().items() if "projector" not in name}
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ToolMissing, match=r"lack .*projector"):
        load_llava(str(tmp_path))


def test_a_language_model_is_no_llava(tmp_path: Path) -> None:
    model = make_tiny_llava()
    model.save(tmp_path)
    (tmp_path / "vlitqa.json").unlink()
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | {"model_type": "llama"}), encoding="utf-8")
    with pytest.raises(ToolMissing, match="is no LLaVA"):
        load_llava(str(tmp_path))
