"""An injected Llama is loaded and saved as transformers' Llama is, and computes in short numbers too."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from transformers import LlamaForCausalLM  # noqa: E402

from reference_models.imagebind_llm.injected_llama import InjectedLlama  # noqa: E402
from reference_models.imagebind_llm.language import BoundLanguageModel  # noqa: E402
from reference_models.imagebind_llm.placement import place_in_rows  # noqa: E402
from tests.given.bound_llamas import FEATURE_WIDTH, make_bound_llama, make_config, open_gates, random_features  # noqa: E402

pytestmark = pytest.mark.model

TOKENS = torch.arange(14).view(2, 7) + 5


def logits_of(model: BoundLanguageModel) -> torch.Tensor:
    placed = place_in_rows(random_features(2), torch.zeros(FEATURE_WIDTH), torch.tensor([0, -1]))
    return model.language_model(TOKENS, injection=model.inject(placed), use_cache=False).logits


@torch.no_grad()
def test_a_folder_of_transformers_is_loaded_and_its_llama_takes_features(tmp_path: Path) -> None:
    LlamaForCausalLM(make_config()).save_pretrained(tmp_path / "plain")
    model = open_gates(make_bound_llama())
    model.language_model = InjectedLlama.from_pretrained(tmp_path / "plain").eval()
    logits = logits_of(model)
    model.language_model.save_pretrained(tmp_path / "again")
    plain = LlamaForCausalLM.from_pretrained(tmp_path / "again").eval()
    without = model.language_model(TOKENS, use_cache=False).logits
    assert torch.allclose(plain(TOKENS, use_cache=False).logits, without, atol=1e-6, rtol=0)
    assert (logits - without).abs().amax(-1).min() > 1e-3
    model.language_model = InjectedLlama.from_pretrained(tmp_path / "again").eval()
    assert torch.equal(logits_of(model), logits)


@torch.no_grad()
def test_a_llama_in_short_numbers_takes_features_from_a_bind_network_in_long_ones() -> None:
    model = open_gates(make_bound_llama())
    expected = logits_of(model)
    model.language_model.bfloat16()
    logits = logits_of(model)
    assert logits.dtype == torch.bfloat16
    assert torch.allclose(logits.float(), expected, atol=0.03)
    assert torch.allclose(logits_of(model.bfloat16()).float(), expected, atol=0.03)
