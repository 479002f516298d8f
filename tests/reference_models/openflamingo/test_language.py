"""With closed gates an OpenFlamingo is its language model: transformers' OPT and MPT are what ours are held against."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from transformers import MptConfig, MptForCausalLM, OPTConfig, OPTForCausalLM  # noqa: E402

from reference_models.openflamingo.key_map import to_language_model  # noqa: E402
from reference_models.openflamingo.language import TextView  # noqa: E402
from reference_models.openflamingo.mpt import MptLanguageModel, MptShape, alibi_slopes  # noqa: E402
from reference_models.openflamingo.presets import make_tiny_openflamingo  # noqa: E402
from tests.given.flamingo_rows import TWO_IMAGES, all_logits, batch_of, open_gates  # noqa: E402

pytestmark = pytest.mark.model


@torch.no_grad()
def test_gates_at_zero_leave_the_logits_of_opt_unchanged() -> None:
    model = make_tiny_openflamingo("opt")
    opt = OPTForCausalLM(OPTConfig.from_dict(dict(model.config.opt or {}))).eval()
    opt.load_state_dict(to_language_model(model.network.state_dict(), "opt"), strict=False)
    opt.tie_weights()
    batch = batch_of(model, [[TWO_IMAGES]])
    logits = all_logits(model, batch)
    assert torch.allclose(opt(batch.token_ids).logits, logits, atol=1e-6)
    assert not torch.allclose(all_logits(open_gates(model), batch), logits, atol=1e-3)


def whole_view(tokens: int) -> TextView:
    """Every token sees all before it, and itself."""
    positions = torch.arange(tokens)[None]  # (1, tokens)
    mask = torch.ones(tokens, tokens, dtype=torch.bool).tril()[None, None]  # (1, 1, tokens, tokens)
    return TextView(mask=mask, positions=positions, key_positions=positions)


def states_of(model: MptLanguageModel, token_ids: torch.Tensor) -> torch.Tensor:
    """The states before the head.  # (1, tokens, width)"""
    view = whole_view(token_ids.shape[1])
    states = model.enter(model.table(token_ids), view)
    for layer in model.layers:
        states = layer(states, attention_mask=model.attention_bias(view, states.dtype))
    return model.leave(states)


@torch.no_grad()
@pytest.mark.parametrize("heads", [4, 6])
def test_an_mpt_without_normalised_queries_is_that_of_transformers(heads: int) -> None:
    torch.manual_seed(0)
    shape = MptShape(vocabulary_size=90, width=48, heads=heads, layers=2, context_length=64, has_qk_norm=False)
    model = MptLanguageModel(shape)
    config = MptConfig(d_model=48, n_heads=heads, n_layers=2, max_seq_len=64, vocab_size=90)
    oracle = MptForCausalLM(config).eval()
    oracle.load_state_dict(to_language_model(renamed(model), "mpt"), strict=False)
    oracle.tie_weights()
    token_ids = torch.arange(30).mul(7).remainder(90)[None]  # (1, tokens)
    logits = states_of(model, token_ids) @ model.table.weight.T
    assert torch.allclose(oracle(token_ids).logits, logits, atol=1e-5)


def renamed(model: MptLanguageModel) -> dict[str, torch.Tensor]:
    return {f"language_model.{name}": weight for name, weight in model.state_dict().items()}


@torch.no_grad()
def test_queries_and_keys_of_mpt_1b_are_normalised_over_all_heads_together() -> None:
    torch.manual_seed(0)
    model = MptLanguageModel(MptShape(vocabulary_size=90, width=8, heads=2, layers=1, context_length=64))
    attention, states = model.blocks[0].attn, torch.randn(1, 3, 8)
    view = whole_view(3)
    queries, keys, values = (states[0] @ attention.Wqkv.weight.T).chunk(3, dim=-1)
    queries, keys = (
        (part - part.mean(-1, keepdim=True)) / (part.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()
        for part in (queries, keys)
    )
    heads = []
    for head, slope in enumerate([2**-4, 2**-8]):
        part = slice(4 * head, 4 * head + 4)
        scores = queries[:, part] @ keys[:, part].T / 2
        scores = scores - slope * torch.tensor([[0, 0, 0], [1, 0, 0], [2, 1, 0]])
        scores = scores.masked_fill(torch.ones(3, 3).triu(1).bool(), -torch.inf)
        heads.append(scores.softmax(-1) @ values[:, part])
    expected = torch.cat(heads, -1) @ attention.out_proj.weight.T
    read = attention(states, model.attention_bias(view, states.dtype), None)[0]
    assert torch.allclose(read, expected, atol=1e-6)


def test_the_slopes_are_those_of_the_paper() -> None:
    assert alibi_slopes(8, 8.0) == [2.0**-power for power in range(1, 9)]
    assert alibi_slopes(3, 8.0) == [2.0**-4, 2.0**-8, 2.0**-2]
