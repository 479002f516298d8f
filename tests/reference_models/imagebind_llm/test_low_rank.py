"""Low-rank matrices and biases begin without effect and learn beside weights that stay as they are."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.low_rank import LowRankLinear, add_low_rank  # noqa: E402
from reference_models.training.adapters import merge_adapters  # noqa: E402
from tests.given.bound_llamas import make_bound_llama  # noqa: E402

pytestmark = pytest.mark.model

TOKENS = torch.arange(20).view(2, 10) + 5


@torch.no_grad()
def test_a_llama_with_new_matrices_is_the_one_before() -> None:
    llama = make_bound_llama().language_model
    before = llama(TOKENS, use_cache=False).logits
    add_low_rank(llama)
    assert torch.allclose(llama(TOKENS, use_cache=False).logits, before, atol=1e-6, rtol=0)


@torch.no_grad()
def test_the_product_of_both_matrices_and_the_bias_are_added() -> None:
    layer = LowRankLinear(torch.nn.Linear(3, 2, bias=False), 1, has_bias=True)
    layer.weight.copy_(torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    layer.lora_a.copy_(torch.tensor([[0.0, 0.0, 2.0]]))
    layer.lora_b.copy_(torch.tensor([[3.0], [-1.0]]))
    layer.bias.copy_(torch.tensor([0.5, 0.25]))
    assert layer(torch.tensor([1.0, 2.0, 10.0])).tolist() == [1 + 60 + 0.5, 2 - 20 + 0.25]


def test_the_matrices_stay_apart_where_adapters_are_merged() -> None:
    llama = make_bound_llama().language_model
    add_low_rank(llama, 2)
    names = set(llama.state_dict())
    merge_adapters(llama)
    assert set(llama.state_dict()) == names


def test_a_llama_gets_its_matrices_once() -> None:
    llama = make_bound_llama().language_model
    add_low_rank(llama, 2)
    with pytest.raises(TypeError, match=r"self_attn\.q_proj"):
        add_low_rank(llama, 2)
