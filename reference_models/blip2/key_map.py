"""Names of BLIP-2's weights: in the files of LAVIS, and in those of transformers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from vlitqa.errors import UsageError

_NAMES: Sequence[tuple[str, str]] = (
    ("visual_encoder.cls_token", "vision_model.embeddings.class_embedding"),
    ("visual_encoder.pos_embed", "vision_model.embeddings.position_embedding"),
    ("visual_encoder.patch_embed.proj.", "vision_model.embeddings.patch_embedding."),
    ("visual_encoder.blocks.#.norm1.", "vision_model.encoder.layers.#.layer_norm1."),
    ("visual_encoder.blocks.#.norm2.", "vision_model.encoder.layers.#.layer_norm2."),
    ("visual_encoder.blocks.#.attn.qkv.", "vision_model.encoder.layers.#.self_attn.qkv."),
    ("visual_encoder.blocks.#.attn.proj.", "vision_model.encoder.layers.#.self_attn.projection."),
    ("visual_encoder.blocks.#.mlp.", "vision_model.encoder.layers.#.mlp."),
    ("ln_vision.", "vision_model.post_layernorm."),
    ("query_tokens", "query_tokens"),
    ("Qformer.bert.embeddings.LayerNorm.", "qformer.layernorm."),
    ("Qformer.bert.embeddings.", "instruction_embeddings."),
    ("Qformer.bert.encoder.layer.#.attention.self.", "qformer.encoder.layer.#.attention.attention."),
    ("Qformer.bert.encoder.layer.#.crossattention.self.", "qformer.encoder.layer.#.crossattention.attention."),
    ("Qformer.bert.encoder.", "qformer.encoder."),
    ("opt_proj.", "language_projection."),
    ("opt_model.", "language_model."),
)
"""Beginnings of names in both layouts, the longer of two before the shorter; # is the number of a layer."""
_QUERY_BIAS, _VALUE_BIAS = ".attn.q_bias", ".attn.v_bias"
_JOINED_BIAS = ".self_attn.qkv.bias"
_COUNTERS = "Qformer.bert.embeddings.position_ids"
"""A buffer of LAVIS that counts from 0."""


def lavis_to_transformers(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of LAVIS under the names of transformers; raises UsageError for one that no BLIP-2 with OPT has."""
    renamed = {}
    for name, weight in weights.items():
        if name.endswith(_QUERY_BIAS):
            block = name.removesuffix(_QUERY_BIAS)
            biases = (weight, torch.zeros_like(weight), weights[block + _VALUE_BIAS])  # 3 x (width,)
            joined = _replace_beginning(block + ".attn.qkv.bias", _NAMES)
            renamed[joined] = torch.cat(biases)  # (3 * width,)
        elif not name.endswith(_VALUE_BIAS) and name != _COUNTERS:
            renamed[_replace_beginning(name, _NAMES)] = weight
    return renamed


def transformers_to_lavis(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of transformers under the names of LAVIS; raises UsageError where LAVIS has no room for one."""
    names = [(to, source) for source, to in _NAMES]
    renamed = {}
    for name, weight in weights.items():
        lavis_name = _replace_beginning(name, names)
        if name.endswith(_JOINED_BIAS):
            query_bias, key_bias, value_bias = weight.chunk(3)  # (width,) each
            if not key_bias.is_meta and key_bias.any():
                message = f"{name} has a bias of keys, and LAVIS has none"
                raise UsageError(message, repair="Keep this model in the layout of transformers.")
            block = lavis_name.removesuffix(".attn.qkv.bias")
            renamed[block + _QUERY_BIAS], renamed[block + _VALUE_BIAS] = query_bias.clone(), value_bias.clone()
        else:
            renamed[lavis_name] = weight
    return renamed


def is_lavis(names: Sequence[str]) -> bool:
    """True for the names of weights in the layout of LAVIS."""
    return "opt_proj.weight" in names


def _replace_beginning(name: str, names: Sequence[tuple[str, str]]) -> str:
    """The name in the other layout."""
    for beginning, other in names:
        pattern = re.escape(beginning).replace(r"\#", r"(\d+)")
        renamed, count = re.subn(f"^{pattern}", other.replace("#", r"\1"), name)
        if count:
            return renamed
    raise UsageError(f"no BLIP-2 with OPT has the weight {name}", repair="Name a model of LAVIS' blip2_opt.")
