"""Weights keep their values from one layout to the other, and LAVIS' own code finds the same losses in them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("transformers", reason="pip install 'vlitqa[models]'")

from transformers import Blip2ForConditionalGeneration  # noqa: E402

from reference_models.blip2.key_map import lavis_to_transformers, transformers_to_lavis  # noqa: E402
from reference_models.blip2.presets import make_tiny_blip2, published_config  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from tests.reference_models.blip2.samples import asked, fill_with_scattered_values, scattered_pixels  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model

LAVIS_LOSSES = {False: 6.6544967, True: 6.3686814}
"""What Blip2OPT.forward of LAVIS 506965b gave with these weights, its prompt left out of the loss; True: the Q-Former
was given the instruction as blip2_vicuna_instruct.py gives it."""


@pytest.mark.parametrize("reads_instruction", [False, True])
def test_the_losses_are_those_of_lavis(*, reads_instruction: bool) -> None:
    model = make_tiny_blip2("question", reads_instruction=reads_instruction)
    fill_with_scattered_values(model.network)
    documents = [model.document(asked("What is this?", answer, 0)) for answer in ("a red square", "two blue circles")]
    with torch.no_grad():
        losses = model.losses(batch_rows([[document] for document in documents], list(scattered_pixels(2))))
    assert len(losses) == len(" a red square\n") + len(" two blue circles\n")
    assert losses.mean().item() == pytest.approx(LAVIS_LOSSES[reads_instruction], abs=2e-5)


@pytest.mark.parametrize("reads_instruction", [False, True])
def test_weights_come_back_from_the_layout_of_lavis(*, reads_instruction: bool) -> None:
    network = make_tiny_blip2(reads_instruction=reads_instruction).network
    fill_with_scattered_values(network)
    weights = network.state_dict()
    back = lavis_to_transformers(transformers_to_lavis(weights))
    assert back.keys() == weights.keys()
    assert all(torch.equal(back[name], weights[name]) for name in weights)


def test_names_of_lavis_by_hand() -> None:
    names = set(transformers_to_lavis(make_tiny_blip2().network.state_dict()))
    assert {
        "query_tokens",
        "visual_encoder.cls_token",
        "visual_encoder.pos_embed",
        "visual_encoder.patch_embed.proj.weight",
        "visual_encoder.blocks.2.attn.q_bias",
        "visual_encoder.blocks.2.attn.v_bias",
        "visual_encoder.blocks.2.attn.qkv.weight",
        "visual_encoder.blocks.2.mlp.fc1.weight",
        "ln_vision.weight",
        "Qformer.bert.embeddings.LayerNorm.weight",
        "Qformer.bert.encoder.layer.1.attention.self.query.weight",
        "Qformer.bert.encoder.layer.0.crossattention.output.dense.bias",
        "Qformer.bert.encoder.layer.1.intermediate_query.dense.weight",
        "opt_proj.weight",
        "opt_model.model.decoder.embed_tokens.weight",
        "opt_model.model.decoder.layers.3.fc2.weight",
        "opt_model.lm_head.weight",
    } <= names
    assert not [name for name in names if "qkv.bias" in name]


def test_a_bias_of_keys_has_no_room_in_lavis() -> None:
    weights = make_tiny_blip2().network.state_dict()
    bias = weights["vision_model.encoder.layers.1.self_attn.qkv.bias"]
    bias[len(bias) // 2] = 0.5
    with pytest.raises(UsageError, match=r"layers\.1\.self_attn\.qkv\.bias has a bias of keys"):
        transformers_to_lavis(weights)


def test_a_weight_of_another_model_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no BLIP-2 with OPT has the weight t5_proj\.weight"):
        lavis_to_transformers({"t5_proj.weight": torch.zeros(1)})


def test_the_published_sizes() -> None:
    with torch.device("meta"):
        network = Blip2ForConditionalGeneration(published_config())
    sizes = {name: sum(weight.numel() for weight in part.parameters()) for name, part in network.named_children()}
    assert sizes == {
        "vision_model": 985_952_256,
        "qformer": 105_137_664,
        "language_projection": 1_968_640,
        "language_model": 2_651_596_800,
    }
    shapes = {name: tuple(weight.shape) for name, weight in transformers_to_lavis(network.state_dict()).items()}
    assert shapes["visual_encoder.pos_embed"] == (1, 257, 1408)
    assert shapes["visual_encoder.blocks.38.mlp.fc1.weight"] == (6144, 1408)
    assert shapes["visual_encoder.blocks.38.attn.q_bias"] == (1408,)
    assert shapes["query_tokens"] == (1, 32, 768)
    assert shapes["Qformer.bert.encoder.layer.10.crossattention.self.key.weight"] == (768, 1408)
    assert shapes["opt_proj.weight"] == (2560, 768)
    assert shapes["opt_model.model.decoder.embed_tokens.weight"] == (50272, 2560)
    assert shapes["opt_model.model.decoder.embed_positions.weight"] == (2050, 2560)
    assert "Qformer.bert.encoder.layer.11.crossattention.self.key.weight" not in shapes
