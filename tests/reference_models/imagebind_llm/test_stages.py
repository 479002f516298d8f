"""A stage trains exactly the parameters that the published training did, and moves no other."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from transformers import LlamaConfig  # noqa: E402

from reference_models.imagebind_llm.injected_llama import InjectedLlama  # noqa: E402
from reference_models.imagebind_llm.injection import InjectionForm  # noqa: E402
from reference_models.imagebind_llm.language import BoundLanguageModel  # noqa: E402
from reference_models.imagebind_llm.low_rank import RANK, add_low_rank  # noqa: E402
from reference_models.imagebind_llm.placement import place_in_rows  # noqa: E402
from reference_models.imagebind_llm.stages import ALIGNMENT, STAGES, TUNING, is_trained, trained_names  # noqa: E402
from tests.given.bound_llamas import FEATURE_WIDTH, make_bound_llama, open_gates, random_features  # noqa: E402

pytestmark = pytest.mark.model

TOKENS = torch.arange(20).view(2, 10) + 5


def tunable(form: InjectionForm = "published") -> BoundLanguageModel:
    model = open_gates(make_bound_llama(form))
    add_low_rank(model.language_model, 2)
    return model


def test_the_published_sizes_of_both_stages_come_out() -> None:
    config = LlamaConfig(vocab_size=32000, hidden_size=4096, intermediate_size=11008, num_hidden_layers=32)
    config.num_attention_heads = config.num_key_value_heads = 32
    with torch.device("meta"):
        model = BoundLanguageModel(InjectedLlama(config), 1024)
        add_low_rank(model.language_model, RANK)
    sizes = {
        stage: sum(parameter.numel() for name, parameter in model.named_parameters() if is_trained(stage, name))
        for stage in STAGES
    }
    low_rank = 32 * 16 * (4 * 2 * 4096 + 3 * (4096 + 11008))
    biases, norms = 32 * (3 * 4096 + 2 * 11008), 65 * 4096
    assert sizes == {ALIGNMENT: 608_190_464 + 32 * 4096 + 32 * 32, TUNING: low_rank + biases + norms}
    assert (low_rank, biases, norms) == (39_976_960, 1_097_728, 266_240)


def test_the_tuning_trains_matrices_biases_and_norms_of_the_llama_alone() -> None:
    names = trained_names(TUNING, [name for name, _ in tunable().named_parameters()])
    layer = "language_model.model.layers.1."
    linear = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"}
    linear |= {"mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}
    expected = {f"{layer}{name}.lora_{matrix}" for name in linear for matrix in "ab"}
    expected |= {f"{layer}{name}.bias" for name in linear - {"self_attn.k_proj", "self_attn.v_proj"}}
    expected |= {f"{layer}input_layernorm.weight", f"{layer}post_attention_layernorm.weight"}
    assert {name for name in names if name.startswith(layer)} == expected
    assert [name for name in names if ".layers." not in name] == ["language_model.model.norm.weight"]
    assert not is_trained(TUNING, f"{layer}self_attn.v_proj.bias")


@pytest.mark.parametrize("form", ["published", "paper"])
@pytest.mark.parametrize("stage", list(STAGES))
def test_a_stage_moves_all_that_it_trains_and_nothing_else(stage: str, form: InjectionForm) -> None:
    model = tunable(form)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(is_trained(stage, name))
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-2, weight_decay=0)
    placed = place_in_rows(random_features(2), torch.zeros(FEATURE_WIDTH), torch.tensor([0, 1]))
    for _ in range(3):
        logits = model.language_model(TOKENS, injection=model.inject(placed), use_cache=False).logits
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), TOKENS[:, 1:].flatten()).backward()
        optimizer.step()
    moved = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert moved == set(trained_names(stage, before))
