"""Names of the original's files lead to ours and back, and the published sizes come out."""

from __future__ import annotations

from typing import Literal

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from transformers import CLIPVisionConfig  # noqa: E402

from reference_models.openflamingo.assembly import make_empty_network  # noqa: E402
from reference_models.openflamingo.gated_attention import GateShape  # noqa: E402
from reference_models.openflamingo.key_map import (  # noqa: E402
    OriginalNames,
    from_language_model,
    layers_between_gates,
    to_language_model,
)
from reference_models.openflamingo.presets import make_tiny_openflamingo  # noqa: E402
from reference_models.openflamingo.published import config_of_parts, mpt_shape_of  # noqa: E402
from reference_models.training.tiny_parts import make_tiny_tokenizer  # noqa: E402
from tests.given.flamingo_rows import CAPTION, TWO_IMAGES, all_logits, batch_of, fill_with_waves  # noqa: E402
from vlitqa.errors import ToolMissing  # noqa: E402

pytestmark = pytest.mark.model

MPT_1B = {
    "model_type": "mosaic_gpt",
    "d_model": 2048,
    "n_heads": 16,
    "n_layers": 24,
    "mlp_ratio": 4,
    "max_seq_len": 2048,
    "vocab_size": 50432,
    "alibi": True,
    "alibi_bias_max": 8,
    "attn_qk_ln": True,
    "no_bias": True,
}
CLIP_LARGE = CLIPVisionConfig(
    hidden_size=1024,
    intermediate_size=4096,
    num_hidden_layers=24,
    num_attention_heads=16,
    image_size=224,
    patch_size=14,
)


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("language", ["opt", "mpt"])
def test_names_lead_to_the_original_and_back(language: Literal["opt", "mpt"], every: int) -> None:
    model = make_tiny_openflamingo(language, every=every)
    fill_with_waves(model.network)
    weights = model.network.state_dict()
    names = OriginalNames(language=language, every=every, new_tokens=model.config.new_tokens)
    original = names.to_original(weights)
    assert layers_between_gates(list(original)) == every
    layers = "lang_encoder.model.decoder.layers" if language == "opt" else "lang_encoder.transformer.blocks"
    assert f"{layers}.{every - 1}.gated_cross_attn_layer.attn.to_q.weight" in original
    back = names.from_original({f"module.{name}": weight for name, weight in original.items()})
    trained = {name for name, _ in model.network.trained_parameters()}
    assert trained < back.keys()
    assert all(torch.equal(back[name], weights[name]) for name in trained)
    assert names.to_original({**weights, **back}).keys() == original.keys()


@pytest.mark.parametrize(("language", "is_mosaic"), [("opt", False), ("mpt", False), ("mpt", True)])
def test_names_of_language_models_lead_there_and_back(language: Literal["opt", "mpt"], is_mosaic: bool) -> None:  # noqa: FBT001
    weights = make_tiny_openflamingo(language).network.state_dict()
    theirs = to_language_model(weights, language, is_mosaic=is_mosaic)
    if is_mosaic:
        layer = {name.removeprefix("transformer.blocks.0.") for name in theirs if ".blocks.0." in name}
        attention = {"attn.Wqkv.weight", "attn.out_proj.weight", "attn.q_ln.weight", "attn.k_ln.weight"}
        assert layer == {*attention, "ln_1.weight", "ln_2.weight", "mlp.mlp_up.weight", "mlp.mlp_down.weight"}
    ours = from_language_model({**theirs, "lm_head.weight": torch.zeros(1)}, language)
    assert ours.keys() == {name for name in weights if name.startswith("language_model.")}
    assert all(torch.equal(ours[name], weights[name]) for name in ours)


def test_the_published_3b_has_the_sizes_of_its_file() -> None:
    config = config_of_parts(CLIP_LARGE, MPT_1B, make_tiny_tokenizer([]), GateShape())
    network = make_empty_network(config)
    assert sum(parameter.numel() for parameter in network.perceiver.parameters()) == 63_019_008
    assert len(network.gated_layers) == 24
    assert {sum(parameter.numel() for parameter in gate.parameters()) for gate in network.gated_layers} == {36_708_354}
    names = OriginalNames(language="mpt", every=1, new_tokens=config.new_tokens)
    file = names.to_original({name: torch.empty_like(weight) for name, weight in network.state_dict().items()})
    assert len(file) == 1 + 6 * 11 + 2 + 1 + 24 * 11
    gate = "lang_encoder.transformer.blocks.23.gated_cross_attn_layer"
    shapes = {
        "perceiver.latents": (64, 1024),
        "perceiver.layers.5.0.to_kv.weight": (1024, 1024),
        "perceiver.layers.5.1.1.weight": (4096, 1024),
        "perceiver.norm.bias": (1024,),
        f"{gate}.attn_gate": (1,),
        f"{gate}.attn.to_q.weight": (512, 2048),
        f"{gate}.attn.to_kv.weight": (1024, 1024),
        f"{gate}.attn.to_out.weight": (2048, 512),
        f"{gate}.ff.1.weight": (8192, 2048),
        f"{gate}.ff.3.weight": (2048, 8192),
    }
    assert {name: tuple(file[name].shape) for name in shapes} == shapes


def test_an_mpt_with_learned_positions_or_clipped_queries_is_refused() -> None:
    with pytest.raises(ToolMissing, match="ALiBi"):
        mpt_shape_of({**MPT_1B, "alibi": False}, 100)
    with pytest.raises(ToolMissing, match="clips"):
        mpt_shape_of({**MPT_1B, "attn_config": {"clip_qkv": 8}}, 100)


def test_the_logits_are_those_that_the_original_code_gave_for_these_weights() -> None:
    model = make_tiny_openflamingo("opt", every=2)
    fill_with_waves(model.network)
    batch = batch_of(model, [[TWO_IMAGES], [CAPTION]])
    logits = all_logits(model, batch)
    caption = logits[1, batch.document_ids[1] >= 0]  # (tokens of the caption, vocabulary)
    expected = torch.tensor([3.2752368, -0.1534776, 0.2339129, 0.0237442, -0.0791494])
    assert torch.allclose(logits[0, -1, :5], expected, atol=1e-5)
    expected = torch.tensor([-0.5018196, 0.6263542, 0.9845678, -5.8817191, -0.9244341])
    assert torch.allclose(caption[-1, -5:], expected, atol=1e-5)
    assert logits[0].abs().double().mean().item() == pytest.approx(0.4704343, abs=1e-6)
    assert caption.abs().double().mean().item() == pytest.approx(0.4708373, abs=1e-6)
