"""Published weights give the logits of Meta's Llama with injection, written down here once more, and go there and back.

The figures of the original are those of LLaMA-Adapter's imagebind_LLM for the same weights, on one processor.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from torch import Tensor  # noqa: E402
from torch.nn.functional import cross_entropy  # noqa: E402

from reference_models.imagebind_llm.key_map import from_published, llama_of, to_published  # noqa: E402
from reference_models.imagebind_llm.language import BoundLanguageModel  # noqa: E402
from reference_models.imagebind_llm.placement import PlacedFeatures, place_in_rows  # noqa: E402
from reference_models.imagebind_llm.rotary import to_half_split, to_interleaved  # noqa: E402
from tests.given.bound_llamas import (  # noqa: E402
    FEATURE_WIDTH,
    HEAD_WIDTH,
    HEADS,
    LAYERS,
    WIDTH,
    make_bound_llama,
    make_published_model,
    published_weights,
    random_features,
)
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model

TOKENS = torch.tensor([[1, 7, 23, 41, 9, 30, 2], [1, 3, 3, 48, 15, 26, 11]])


def normalised(states: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    return states * (states.square().mean(-1, keepdim=True) + epsilon).rsqrt() * weight


class MetaLlama:
    """Meta's Llama for one text, with the published injection, LoRA and biases, straight from the formulas."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.weights = weights

    def logits(self, tokens: Tensor, feature: Tensor) -> Tensor:
        """The logits after every token.  # (tokens, vocabulary)"""
        bound = self.bind(feature)
        states = self.weights["llama.tok_embeddings.weight"][tokens]
        for layer in range(LAYERS):
            name = f"llama.layers.{layer}"
            prefix = self.weights["prefix_query.weight"][layer]
            read = self.read(f"{name}.attention", self.norm(f"{name}.attention_norm", states), bound + prefix)
            states = states + self.linear(f"{name}.attention", "wo", read)
            inputs = self.norm(f"{name}.ffn_norm", states)
            gate, up = (self.linear(f"{name}.feed_forward", part, inputs) for part in ("w1", "w3"))
            states = states + self.linear(f"{name}.feed_forward", "w2", gate * gate.sigmoid() * up)
        return self.norm("llama.norm", states) @ self.weights["llama.output.weight"].T

    def bind(self, feature: Tensor) -> Tensor:
        states = self.weights["image_bind_proj.weight"] @ feature + self.weights["image_bind_proj.bias"]
        for block in (1, 2, 3):
            inputs = normalised(states, self.weights[f"image_bind_norm_{block}.weight"], 1e-6)
            first, second, third = (self.weights[f"image_bind_f{number}_{block}.weight"] for number in (1, 2, 3))
            gate = first @ inputs
            states = states + second @ (gate * gate.sigmoid() * (third @ inputs))
        return states

    def norm(self, name: str, states: Tensor) -> Tensor:
        return normalised(states, self.weights[f"{name}.weight"], 1e-5)

    def linear(self, part: str, name: str, states: Tensor) -> Tensor:
        down, up = (self.weights[f"{part}.lora_{name}_l{number}.weight"] for number in (1, 2))
        output = states @ self.weights[f"{part}.{name}.weight"].T + states @ down.T @ up.T
        return output + self.weights.get(f"{part}.{name}.bias", torch.zeros(1))

    def read(self, name: str, inputs: Tensor, injected: Tensor) -> Tensor:
        parts = (self.linear(name, part, inputs).view(len(inputs), HEADS, HEAD_WIDTH) for part in ("wq", "wk", "wv"))
        queries, keys, values = parts
        queries, keys = turned(queries), turned(keys)
        scores = torch.einsum("qhw,khw->hqk", queries, keys) / HEAD_WIDTH**0.5
        scores = scores + torch.full_like(scores[0], -torch.inf).triu(1)
        read = torch.einsum("hqk,khw->qhw", scores.softmax(-1), values)
        injected_values = (self.weights[f"{name}.wv.weight"] @ injected).view(HEADS, HEAD_WIDTH)
        gates = self.weights[f"{name}.gate"].view(HEADS, 1).tanh()
        return (read + gates * injected_values).reshape(len(inputs), WIDTH)


def turned(states: Tensor) -> Tensor:
    """Pairs of neighbours as complex numbers, turned by their place.  # (tokens, heads, head width)"""
    frequencies = 10000.0 ** (-torch.arange(0, HEAD_WIDTH, 2) / HEAD_WIDTH)
    angles = torch.arange(len(states))[:, None] * frequencies
    pairs = torch.view_as_complex(states.reshape(*states.shape[:2], -1, 2))
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)[:, None]).flatten(2)


def in_rows(features: Tensor) -> PlacedFeatures:
    return place_in_rows(features, torch.zeros(FEATURE_WIDTH), torch.arange(len(features)))


def logits_of(model: BoundLanguageModel, tokens: Tensor, features: Tensor) -> Tensor:
    return model.language_model(tokens, injection=model.inject(in_rows(features)), use_cache=False).logits


@torch.no_grad()
def test_published_weights_give_the_logits_of_metas_llama_with_injection() -> None:
    weights, features = published_weights(), random_features(2)
    logits = logits_of(make_published_model(from_published(weights, HEAD_WIDTH)), TOKENS, features)
    for row in range(2):
        expected = MetaLlama(weights).logits(TOKENS[row], features[row])
        assert torch.allclose(logits[row], expected, atol=1e-5), (logits[row] - expected).abs().max()


@torch.no_grad()
def test_the_logits_are_those_that_the_original_code_gave_for_these_weights() -> None:
    model = make_published_model(from_published(published_weights(), HEAD_WIDTH))
    injection = model.inject(in_rows(random_features(2)))
    output = model.language_model(TOKENS, injection=injection, use_cache=True)
    logits = output.logits[:, -1]  # (rows, vocabulary)
    expected = torch.tensor([0.7121715, 1.0920933, -0.7607956, -1.6235032, 1.3354322])
    assert torch.allclose(logits[0, :5], expected, atol=1e-5)
    expected = torch.tensor([-0.4724763, 0.6519506, 0.2282247, 0.9197372, 0.3801463])
    assert torch.allclose(logits[1, -5:], expected, atol=1e-5)
    assert logits.abs().double().mean().item() == pytest.approx(0.8326757, abs=1e-6)
    after = model.language_model(
        torch.tensor([[5], [6]]), injection=injection, past_key_values=output.past_key_values
    ).logits[:, -1]  # (rows, vocabulary)
    expected = torch.tensor([0.6271496, 1.3267285, -0.8207840, -2.4262865, 0.9715974])
    assert torch.allclose(after[0, :5], expected, atol=1e-5)
    assert after.abs().double().mean().item() == pytest.approx(0.9461116, abs=1e-6)


@torch.no_grad()
def test_the_loss_is_that_of_the_original_code() -> None:
    model = make_published_model(from_published(published_weights(), HEAD_WIDTH))
    logits = logits_of(model, TOKENS, random_features(2, 9))[:, 2:-1]
    assert cross_entropy(logits.flatten(0, 1), TOKENS[:, 3:].flatten()).item() == pytest.approx(4.1524, abs=5e-5)


def test_names_and_weights_lead_there_and_back() -> None:
    weights = published_weights()
    ours = from_published(weights, HEAD_WIDTH)
    model = make_published_model(ours)
    assert {name: weight.shape for name, weight in ours.items()} == {
        name: weight.shape for name, weight in model.state_dict().items()
    }
    back = to_published(model.state_dict(), HEAD_WIDTH)
    assert back.keys() == weights.keys()
    assert all(torch.equal(back[name], weight) for name, weight in weights.items())


def test_older_files_that_say_llma_are_read() -> None:
    weights = published_weights()
    older = {name.replace("llama.", "llma."): weight for name, weight in weights.items()}
    assert any(name.startswith("llma.layers.") for name in older)
    expected, renamed = from_published(weights, HEAD_WIDTH), from_published(older, HEAD_WIDTH)
    assert renamed.keys() == expected.keys()
    assert all(torch.equal(renamed[name], weight) for name, weight in expected.items())


def test_metas_file_of_a_llama_is_one_without_all_that_was_trained() -> None:
    weights = published_weights()
    meta = {
        name.removeprefix("llama."): weight
        for name, weight in weights.items()
        if name.startswith("llama.") and not any(part in name for part in ("lora", "bias", "gate"))
    }
    meta["rope.freqs"] = torch.zeros(HEAD_WIDTH // 2)
    llama = llama_of(from_published(meta, HEAD_WIDTH))
    plain = make_bound_llama().language_model
    plain.load_state_dict(llama)
    layer = "model.layers.1.self_attn"
    assert torch.equal(llama[f"{layer}.v_proj.weight"], weights["llama.layers.1.attention.wv.weight"])
    assert not torch.equal(llama[f"{layer}.q_proj.weight"], weights["llama.layers.1.attention.wq.weight"])


def test_pairs_of_rows_are_put_half_a_head_apart() -> None:
    assert to_half_split(torch.arange(8), 4).tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
    weight = torch.arange(24).view(12, 2)
    assert to_half_split(weight, 6)[:, 0].tolist() == [0, 4, 8, 2, 6, 10, 12, 16, 20, 14, 18, 22]
    assert torch.equal(to_interleaved(to_half_split(weight, 6), 6), weight)


def test_weights_that_do_not_fit_are_refused_by_name() -> None:
    weights = published_weights()
    with pytest.raises(UsageError, match=r"no ImageBind-LLM has the weight llama\.layers\.0\.attention\.wx\.weight"):
        from_published({"llama.layers.0.attention.wx.weight": torch.zeros(1)}, HEAD_WIDTH)
    with pytest.raises(UsageError, match="before it got RMSNorm"):
        from_published({**weights, "image_bind_norm_1.bias": torch.zeros(WIDTH)}, HEAD_WIDTH)
    del weights["llama.layers.0.attention.gate"]
    with pytest.raises(UsageError, match="the gate of layer 0 is lacking"):
        from_published(weights, HEAD_WIDTH)
    weights["llama.layers.0.attention.gate"] = torch.zeros(1, 2, 1, 1)
    with pytest.raises(UsageError, match="different numbers of heads"):
        from_published(weights, HEAD_WIDTH)


def test_the_published_layout_has_no_room_for_the_form_of_the_paper_and_biases_of_values() -> None:
    with pytest.raises(UsageError, match="one gate for each layer"):
        to_published(make_bound_llama("paper").state_dict(), HEAD_WIDTH)
    with pytest.raises(UsageError, match=r"no room for language_model\.model\.layers\.0\.self_attn\.v_proj\.bias"):
        to_published({"language_model.model.layers.0.self_attn.v_proj.bias": torch.zeros(1)}, HEAD_WIDTH)


def test_the_weights_of_encoders_in_the_same_file_are_left_out() -> None:
    encoder = {"image_bind.modality_trunks.vision.blocks.0.attn.in_proj_weight": torch.zeros(1)}
    published_keys = from_published(published_weights(), HEAD_WIDTH).keys()
    assert from_published({**published_weights(), **encoder}, HEAD_WIDTH).keys() == published_keys
