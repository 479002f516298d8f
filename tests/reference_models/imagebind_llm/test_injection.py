"""Injection is nothing at first, the published formula later, and does not outlive the call that it came with."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from torch.utils.checkpoint import checkpoint  # noqa: E402
from transformers import LlamaForCausalLM  # noqa: E402
from transformers.models.llama.modeling_llama import LlamaAttention, LlamaDecoderLayer  # noqa: E402

from reference_models.imagebind_llm.injection import InjectedFeatures, InjectionForm  # noqa: E402
from reference_models.imagebind_llm.language import BoundLanguageModel  # noqa: E402
from reference_models.imagebind_llm.low_rank import add_low_rank  # noqa: E402
from reference_models.imagebind_llm.placement import place_in_rows  # noqa: E402
from tests.given.bound_llamas import (  # noqa: E402
    FEATURE_WIDTH,
    HEAD_WIDTH,
    WIDTH,
    make_bound_llama,
    make_config,
    open_gates,
    random_features,
)

pytestmark = pytest.mark.model

FORMS: tuple[InjectionForm, ...] = ("published", "paper")
TOKENS = torch.arange(14).mul(11).remainder(47).add(3).view(2, 7)


def injected(model: BoundLanguageModel, seed: int = 0) -> InjectedFeatures:
    """Two features, one for each row."""
    zero_feature = torch.zeros(FEATURE_WIDTH)
    return model.inject(place_in_rows(random_features(2, seed), zero_feature, torch.tensor([0, 1])))


def logits_of(model: BoundLanguageModel, injection: InjectedFeatures | None) -> torch.Tensor:
    return model.language_model(TOKENS, injection=injection, use_cache=False).logits


def plain_llama(model: BoundLanguageModel) -> LlamaForCausalLM:
    """Transformers' Llama with the same weights."""
    plain = LlamaForCausalLM(make_config(model.language_model.config.num_key_value_heads)).eval()
    plain.load_state_dict(model.language_model.state_dict())
    return plain


@torch.no_grad()
@pytest.mark.parametrize("heads_of_keys", [4, 2])
@pytest.mark.parametrize("form", FORMS)
def test_gates_at_zero_leave_the_logits_of_the_plain_llama(form: InjectionForm, heads_of_keys: int) -> None:
    model = make_bound_llama(form, heads_of_keys=heads_of_keys)
    expected = plain_llama(model)(TOKENS, use_cache=False).logits
    assert torch.allclose(logits_of(model, injected(model)), expected, atol=1e-6, rtol=0)
    assert torch.allclose(logits_of(model, None), expected, atol=1e-6, rtol=0)
    open_gates(model)
    assert (logits_of(model, injected(model)) - expected).abs().max() > 1e-2
    assert torch.allclose(logits_of(model, None), expected, atol=1e-6, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("heads_of_keys", [4, 2])
def test_the_published_form_adds_gated_values_before_heads_are_joined(heads_of_keys: int) -> None:
    model = open_gates(make_bound_llama(heads_of_keys=heads_of_keys))
    plain, bound = plain_llama(model), model.bind_network(random_features(2))
    for number, layer in enumerate(plain.model.layers):
        inputs = bound + model.injection.get_parameter("prefix_query.weight")[number]  # (rows, width)
        values = (inputs @ layer.self_attn.v_proj.weight.T).view(2, heads_of_keys, HEAD_WIDTH)
        gates = model.injection.gates[number].tanh().tolist()
        heads = [gate * values[:, head * heads_of_keys // 4] for head, gate in enumerate(gates)]
        addition = torch.cat(heads, 1)[:, None]  # (rows, 1, width)
        layer.self_attn.o_proj.register_forward_pre_hook(lambda _, read, addition=addition: (read[0] + addition,))
    expected = plain(TOKENS, use_cache=False).logits
    assert torch.allclose(logits_of(model, injected(model)), expected, atol=1e-6)


@torch.no_grad()
def test_the_form_of_the_paper_adds_gated_features_before_every_layer() -> None:
    model = open_gates(make_bound_llama("paper"))
    plain, bound = plain_llama(model), model.bind_network(random_features(2))
    for gate, layer in zip(model.injection.gates.tolist(), plain.model.layers, strict=True):
        addition = gate * bound[:, None]  # (rows, 1, width)
        layer.register_forward_pre_hook(lambda _, states, addition=addition: (states[0] + addition, *states[1:]))
    expected = plain(TOKENS, use_cache=False).logits
    assert torch.allclose(logits_of(model, injected(model)), expected, atol=1e-6)


@torch.no_grad()
def test_adapters_beside_the_value_projection_do_not_see_features() -> None:
    model = open_gates(make_bound_llama())
    attention: LlamaAttention = model.language_model.model.layers[1].self_attn
    read, injection = torch.zeros(2, 7, 4, HEAD_WIDTH), injected(model)
    without = injection.add_to_read(attention, read)
    add_low_rank(model.language_model, 2)
    attention.v_proj.get_parameter("lora_b").fill_(1)
    states = torch.ones(1, 1, WIDTH)
    assert not torch.equal(attention.v_proj(states), states @ attention.v_proj.weight.T)
    assert torch.equal(injection.add_to_read(attention, read), without)


@torch.no_grad()
@pytest.mark.parametrize("form", FORMS)
def test_calls_side_by_side_and_inside_each_other_keep_their_features(form: InjectionForm) -> None:
    model = open_gates(make_bound_llama(form))
    injections = [injected(model, seed) for seed in range(4)]
    expected = [logits_of(model, injection) for injection in injections]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            results = list(threads.map(lambda injection: logits_of(model, injection), injections))
            assert all(torch.equal(*pair) for pair in zip(results, expected, strict=True))
    inner: list[torch.Tensor] = []

    def call_inside(*_: object) -> None:
        if not inner:
            inner.append(torch.empty(0))
            inner[0] = logits_of(model, injections[1])

    layer: LlamaDecoderLayer = model.language_model.model.layers[0]
    handle = layer.register_forward_hook(call_inside)
    assert torch.equal(logits_of(model, injections[0]), expected[0])
    assert torch.equal(inner[0], expected[1])
    handle.remove()


@torch.no_grad()
def test_an_error_in_the_middle_of_a_call_leaves_nothing_behind() -> None:
    model = open_gates(make_bound_llama())
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    expected = logits_of(model, None)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    handle = model.language_model.model.layers[1].register_forward_hook(stop)
    with pytest.raises(KeyboardInterrupt):
        logits_of(model, injected(model))
    handle.remove()
    assert torch.equal(logits_of(model, None), expected)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


@torch.no_grad()
@pytest.mark.parametrize("form", FORMS)
def test_generation_with_a_cache_writes_what_whole_calls_would(form: InjectionForm) -> None:
    model = open_gates(make_bound_llama(form))
    injection, text = injected(model), TOKENS
    settings = {"max_new_tokens": 8, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
    written = model.language_model.generate(
        TOKENS, attention_mask=torch.ones_like(TOKENS), injection=injection, **settings
    )
    for _ in range(8):
        logits = model.language_model(text, injection=injection, use_cache=False).logits
        text = torch.cat([text, logits[:, -1].argmax(-1, keepdim=True)], 1)
    assert torch.equal(written, text)
    without = model.language_model.generate(TOKENS, attention_mask=torch.ones_like(TOKENS), **settings)
    assert not torch.equal(written, without)


@torch.no_grad()
def test_features_placed_among_other_tokens_are_refused() -> None:
    model = make_bound_llama()
    injection = injected(model)
    placed = model.injection(torch.zeros(3, WIDTH), torch.zeros(2, 6, dtype=torch.int64))
    with pytest.raises(RuntimeError, match="expand"):
        logits_of(model, placed)
    assert logits_of(model, injection).shape == (2, 7, 50)


def gradients(model: BoundLanguageModel) -> Iterator[str]:
    """The beginnings of the names of the parameters that the loss moves."""
    logits = logits_of(model, injected(model))
    logits.log_softmax(-1)[..., 5].mean().backward()
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and bool(parameter.grad.any()):
            yield name.split(".")[0] + "." + name.split(".")[1]
    model.zero_grad()


def test_with_gates_at_zero_the_first_step_moves_them_alone() -> None:
    model = make_bound_llama()
    model.language_model.requires_grad_(requires_grad=False)
    assert set(gradients(model)) == {"injection.gates"}
    open_gates(model)
    moved = set(gradients(model))
    assert {"injection.gates", "injection.prefix_query", "bind_network.image_bind_proj"} < moved
    assert len(moved) == 2 + 1 + 3 * 4


def test_layers_that_are_computed_again_give_the_same_gradients() -> None:
    results = []
    for is_repeated in (False, True):
        model = open_gates(make_bound_llama()).train()
        if is_repeated:
            for layer in model.language_model.model.layers:
                layer.forward = partial(checkpoint, layer.forward, use_reentrant=False)
        logits_of(model, injected(model)).square().mean().backward()
        results.append({name: parameter.grad for name, parameter in model.named_parameters()})
    assert all(torch.allclose(gradient, results[1][name]) for name, gradient in results[0].items())
