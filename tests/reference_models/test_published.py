"""What is said of the published checkpoints without loading them is what their configurations say."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from transformers import Blip2QFormerConfig, Blip2VisionConfig, LlamaConfig, LlavaConfig  # noqa: E402

from reference_models.blip2.network import network_class  # noqa: E402
from reference_models.blip2.presets import make_tiny_blip2, published_config  # noqa: E402
from reference_models.catalogue import MODELS  # noqa: E402
from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_HUGE  # noqa: E402
from reference_models.imagebind_llm.network import BindShape  # noqa: E402
from reference_models.imagebind_llm.published import make_empty_imagebind_llm  # noqa: E402
from reference_models.imagebind_llm.stages import TUNING, is_trained  # noqa: E402
from reference_models.llava.configs import published_parts  # noqa: E402
from reference_models.llava.presets import make_tiny_llava  # noqa: E402
from reference_models.llava.projector import PROJECTORS  # noqa: E402
from reference_models.mim.presets import make_tiny_mim  # noqa: E402
from reference_models.mim.published import make_empty_mim  # noqa: E402
from reference_models.openflamingo.assembly import make_empty_network  # noqa: E402
from reference_models.openflamingo.gated_attention import GateShape  # noqa: E402
from reference_models.openflamingo.published import config_of_parts  # noqa: E402
from reference_models.published import MODEL_SIZES, PARTS, ModelSize  # noqa: E402
from reference_models.training.tiny_parts import make_tiny_tokenizer  # noqa: E402
from tests.reference_models.openflamingo.test_key_map import CLIP_LARGE, MPT_1B  # noqa: E402

pytestmark = pytest.mark.model


def test_every_model_has_parts_and_a_size() -> None:
    assert list(PARTS) == list(MODEL_SIZES) == list(MODELS)


def size_of(network: torch.nn.Module, trained_names: set[str]) -> ModelSize:
    """The size of a network; the names of what is trained begin like those of a tiny model."""
    beginnings = tuple({".".join(name.split(".")[:2]) for name in trained_names})
    trained = [parameter for name, parameter in network.named_parameters() if name.startswith(beginnings)]
    return ModelSize(sum(part.numel() for part in network.parameters()), sum(part.numel() for part in trained))


def test_the_size_of_llava_is_that_of_its_published_configuration() -> None:
    vision, text = published_parts()
    config = LlavaConfig(vision_config=vision, text_config=text)
    with torch.device("meta"):
        network = PROJECTORS["mlp2x_gelu"](config)
    assert size_of(network, {name for name, _ in make_tiny_llava().trainable("tuning")}) == MODEL_SIZES["llava"]


def test_the_size_of_blip2_is_that_of_its_published_configuration() -> None:
    config = published_config()
    with torch.device("meta"):
        network = network_class(config)(config)
    assert size_of(network, {name for name, _ in make_tiny_blip2().trainable("tuning")}) == MODEL_SIZES["blip2"]


def test_the_size_of_openflamingo_is_that_of_its_published_parts() -> None:
    network = make_empty_network(config_of_parts(CLIP_LARGE, MPT_1B, make_tiny_tokenizer([]), GateShape()))
    trained = sum(part.numel() for name, part in network.trained_parameters() if name != "new_token_rows")
    assert trained == MODEL_SIZES["openflamingo"].trained
    table = network.language_model.table.weight.numel()
    published_table = 50_434 * 2_048
    in_all = sum(part.numel() for part in network.parameters()) - table + published_table
    assert in_all == pytest.approx(MODEL_SIZES["openflamingo"].parameters, rel=0.01)


def test_the_size_of_mim_is_that_of_its_published_parts() -> None:
    vision, qformer = Blip2VisionConfig().to_dict(), Blip2QFormerConfig().to_dict()
    blip2 = {"vision_config": vision, "qformer_config": qformer, "num_query_tokens": 32}
    network = make_empty_mim(blip2, LlamaConfig(vocab_size=32_003), "published")
    assert size_of(network, {name for name, _ in make_tiny_mim().trainable("tuning")}) == MODEL_SIZES["mim"]


def test_the_size_of_imagebind_llm_is_that_of_its_published_parts() -> None:
    network = make_empty_imagebind_llm(IMAGEBIND_HUGE, LlamaConfig(vocab_size=32_000), BindShape())
    sizes = {name: weight.numel() for name, weight in network.named_parameters()}
    trained = sum(size for name, size in sizes.items() if is_trained(TUNING, name))
    assert ModelSize(sum(sizes.values()), trained) == MODEL_SIZES["imagebind_llm"]
