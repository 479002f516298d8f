"""Tiny language sides of ImageBind-LLM, and weights in the published layout that are the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

import numpy as np
import torch
from transformers import LlamaConfig

from reference_models.imagebind_llm.injected_llama import InjectedLlama
from reference_models.imagebind_llm.injection import InjectionForm
from reference_models.imagebind_llm.language import BoundLanguageModel
from reference_models.imagebind_llm.low_rank import add_low_rank

WIDTH, HEADS, LAYERS, VOCABULARY = 32, 4, 2, 50
HEAD_WIDTH = WIDTH // HEADS
FEATURE_WIDTH, BIND_WIDTH, MLP_WIDTH, RANK = 24, 40, 96, 3


def make_config(heads_of_keys: int = HEADS) -> LlamaConfig:
    """A Llama of two layers."""
    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        intermediate_size=MLP_WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=heads_of_keys,
        max_position_embeddings=64,
        rms_norm_eps=1e-5,
    )


def make_bound_llama(form: InjectionForm = "published", *, heads_of_keys: int = HEADS) -> BoundLanguageModel:
    """A random one whose gates are at zero."""
    torch.manual_seed(0)
    llama = InjectedLlama(make_config(heads_of_keys))
    return BoundLanguageModel(llama, FEATURE_WIDTH, form=form, hidden_width=BIND_WIDTH).eval()


def open_gates(model: BoundLanguageModel) -> BoundLanguageModel:
    """The model with gates that let features through, in every layer and head others."""
    with torch.no_grad():
        gates = model.injection.gates
        gates.copy_(torch.linspace(0.3, 0.9, gates.numel()).view_as(gates))
    return model


def random_features(count: int, seed: int = 0) -> torch.Tensor:
    """Features of length 1.  # (count, feature width)"""
    rows = np.random.RandomState(seed).standard_normal((count, FEATURE_WIDTH))
    return torch.from_numpy(rows / np.linalg.norm(rows, axis=1, keepdims=True)).float()


def published_shapes() -> Mapping[str, Sequence[int]]:
    """The shapes of all weights of a tiny model in the published layout."""
    shapes: dict[str, Sequence[int]] = {
        "image_bind_proj.weight": (WIDTH, FEATURE_WIDTH),
        "image_bind_proj.bias": (WIDTH,),
        "prefix_query.weight": (LAYERS, WIDTH),
        "llama.tok_embeddings.weight": (VOCABULARY, WIDTH),
        "llama.norm.weight": (WIDTH,),
        "llama.output.weight": (VOCABULARY, WIDTH),
    }
    for block in (1, 2, 3):
        shapes[f"image_bind_norm_{block}.weight"] = (WIDTH,)
        shapes[f"image_bind_f1_{block}.weight"] = (BIND_WIDTH, WIDTH)
        shapes[f"image_bind_f2_{block}.weight"] = (WIDTH, BIND_WIDTH)
        shapes[f"image_bind_f3_{block}.weight"] = (BIND_WIDTH, WIDTH)
    for layer in range(LAYERS):
        shapes |= _layer_shapes(f"llama.layers.{layer}")
    return shapes


def _layer_shapes(layer: str) -> Mapping[str, Sequence[int]]:
    shapes: dict[str, Sequence[int]] = {
        f"{layer}.attention.gate": (1, HEADS, 1, 1),
        f"{layer}.attention_norm.weight": (WIDTH,),
        f"{layer}.ffn_norm.weight": (WIDTH,),
    }
    linear = [*((f"attention.w{name}", WIDTH, WIDTH, name in "qo") for name in "qkvo")]
    linear += [(f"feed_forward.w{number}", MLP_WIDTH, WIDTH, True) for number in (1, 3)]
    linear += [("feed_forward.w2", WIDTH, MLP_WIDTH, True)]
    for name, outputs, inputs, has_bias in linear:
        part, _, last = name.partition(".")
        shapes[f"{layer}.{name}.weight"] = (outputs, inputs)
        shapes[f"{layer}.{part}.lora_{last}_l1.weight"] = (RANK, inputs)
        shapes[f"{layer}.{part}.lora_{last}_l2.weight"] = (outputs, RANK)
        if has_bias:
            shapes[f"{layer}.{name}.bias"] = (outputs,)
    return shapes


def published_weights() -> dict[str, torch.Tensor]:
    """Weights from the stream of numbers of a seed that follows from their names."""
    return {name: torch.from_numpy(_numbers(name, shape)).float() for name, shape in published_shapes().items()}


def _numbers(name: str, shape: Sequence[int]) -> np.ndarray:
    numbers = np.random.RandomState(crc32(name.encode())).standard_normal(tuple(shape))
    return 1 + 0.2 * numbers if "norm" in name else 0.2 * numbers


def make_published_model(weights: Mapping[str, torch.Tensor]) -> BoundLanguageModel:
    """A model of weights under the names of `BoundLanguageModel`, with low-rank matrices."""
    model = make_bound_llama()
    add_low_rank(model.language_model, RANK)
    model.load_state_dict(weights)
    return model
