"""The Llama under a published ImageBind-LLM, in the layout of transformers or in Meta's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

from reference_models.imagebind_llm.key_map import from_published, llama_of
from reference_models.published import fetch_repair
from reference_models.training.descriptions import loading_errors
from reference_models.training.published_parts import find_weights, read_files, read_llama_config
from reference_models.training.safe_weights import fill_network
from vlitqa.backends.model_files import read_json_object
from vlitqa.errors import ToolMissing, UsageError

META_WEIGHTS_FILE = "consolidated.00.pth"
META_SIZES_FILE = "params.json"
_WORDS, _MLP = "tok_embeddings.weight", "layers.0.feed_forward.w1.weight"
_CONTEXT_LENGTH = 2048
"""The most tokens of a text that the first Llamas were trained on, which their files do not say."""

_ROTARY_BASE = 10_000


def read_base_llama(folder: Path, source: str) -> tuple[LlamaConfig, dict[str, Tensor]]:
    """The sizes and the weights of a Llama, under the names of transformers.

    Raises ToolMissing or UsageError where the Llama is not whole, or another model.
    """
    weights = read_files(find_weights(folder, source, pickle=META_WEIGHTS_FILE))
    with loading_errors(source):
        if _WORDS in weights:
            config = _config_of_meta(folder, source, weights)
            weights = llama_of(from_published(weights, config.hidden_size // config.num_attention_heads))
        else:
            config = read_llama_config(folder, source)
        with torch.device("meta"):
            plain = LlamaForCausalLM(config)
    fill_network(plain, weights, folder)
    return config, weights


def _config_of_meta(folder: Path, source: str, weights: Mapping[str, Tensor]) -> LlamaConfig:
    """The sizes in Meta's params.json, and those that only the weights tell."""
    if not (folder / META_SIZES_FILE).is_file():
        raise ToolMissing(f"{folder} has no {META_SIZES_FILE}", repair=fetch_repair(source, META_SIZES_FILE))
    sizes: Mapping[str, Any] = read_json_object(folder / META_SIZES_FILE)
    lacking = next((name for name in ("dim", "n_heads", "n_layers") if not isinstance(sizes.get(name), int)), None)
    if lacking:
        raise ToolMissing(f"{folder / META_SIZES_FILE} has no number {lacking}", repair="Fetch it again.")
    if sizes.get("rope_theta", _ROTARY_BASE) != _ROTARY_BASE:
        message = f"{folder / META_SIZES_FILE} asks for other rotary embeddings than those of the first Llamas"
        raise ToolMissing(message, repair="Name this Llama in the layout of transformers.")
    if _MLP not in weights:
        raise UsageError(f"{folder} lacks {_MLP}", repair="Name a whole Llama.")
    return LlamaConfig(
        vocab_size=len(weights[_WORDS]),
        hidden_size=sizes["dim"],
        intermediate_size=len(weights[_MLP]),
        num_hidden_layers=sizes["n_layers"],
        num_attention_heads=sizes["n_heads"],
        num_key_value_heads=sizes.get("n_kv_heads") or sizes["n_heads"],
        max_position_embeddings=_CONTEXT_LENGTH,
        rms_norm_eps=sizes.get("norm_eps", 1e-5),
    )
