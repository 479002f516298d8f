"""The transformer of one modality: layers that normalise first, and attention that may have a key for nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from reference_models.imagebind_llm.encoder_shapes import TrunkShape

_EXPANSION = 4
TRUNK_EPSILON = 1e-6
"""Of all normalisations but those of the stems."""


class Trunk(nn.Module):
    """Layers of self-attention, under the names of the published weights.

    The published training dropped whole layers at random; here the encoders are frozen, so nothing is dropped.
    """

    def __init__(self, shape: TrunkShape, *, has_first_norm: bool = False, has_bias_key: bool = False) -> None:
        super().__init__()
        first = nn.LayerNorm(shape.width, eps=TRUNK_EPSILON) if has_first_norm else nn.Identity()
        self.pre_transformer_layer = nn.Sequential(first)
        self.blocks = nn.ModuleList([TrunkBlock(shape, has_bias_key=has_bias_key) for _ in range(shape.layers)])

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """The states of tokens; the mask is added to the scores of attention.  # (samples, tokens, width)"""
        states: Tensor = self.pre_transformer_layer(tokens)  # (samples, tokens, width)
        for block in self.blocks:
            states = block(states, mask)  # (samples, tokens, width)
        return states


class TrunkBlock(nn.Module):
    """Self-attention and a feed-forward network, each after a normalisation and beside a shortcut."""

    def __init__(self, shape: TrunkShape, *, has_bias_key: bool) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(shape.width, eps=TRUNK_EPSILON)
        self.attn = TrunkAttention(shape, has_bias_key=has_bias_key)
        self.norm_2 = nn.LayerNorm(shape.width, eps=TRUNK_EPSILON)
        self.mlp = FeedForward(shape.width)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """The states after the layer.  # (samples, tokens, width)"""
        states = states + self.attn(self.norm_1(states), mask)  # (samples, tokens, width)
        after: Tensor = states + self.mlp(self.norm_2(states))  # (samples, tokens, width)
        return after


class TrunkAttention(nn.Module):
    """Self-attention; a bias key, where there is one, is a learned token that all others may attend to."""

    bias_k: nn.Parameter | None
    bias_v: nn.Parameter | None

    def __init__(self, shape: TrunkShape, *, has_bias_key: bool) -> None:
        super().__init__()
        self.heads, width = shape.heads, shape.width
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))  # (3 * width, width)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))  # (3 * width)
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)
        for name in ("bias_k", "bias_v"):
            weight = nn.init.normal_(torch.empty(1, 1, width), std=0.02) if has_bias_key else None  # (1, 1, width)
            self.register_parameter(name, None if weight is None else nn.Parameter(weight))

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """The change of the states.  # (samples, tokens, width)"""
        queries, keys, values = linear(states, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        if self.bias_k is not None and self.bias_v is not None:
            keys = torch.cat([keys, self.bias_k.expand(len(keys), -1, -1)], dim=1)  # (samples, keys, width)
            values = torch.cat([values, self.bias_v.expand(len(keys), -1, -1)], dim=1)  # (samples, keys, width)
        queries, keys, values = (split_width(part, self.heads) for part in (queries, keys, values))
        attended = scaled_dot_product_attention(queries, keys, values, mask)  # (samples, heads, tokens, head width)
        change: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))  # (samples, tokens, width)
        return change


def split_width(tokens: Tensor, heads: int) -> Tensor:
    """Cuts the width of tokens into heads.  # (samples, heads, tokens, head width)"""
    samples, count, width = tokens.shape
    return tokens.view(samples, count, heads, width // heads).transpose(1, 2)


class FeedForward(nn.Module):
    """The feed-forward network of a layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, _EXPANSION * width)
        self.fc2 = nn.Linear(_EXPANSION * width, width)

    def forward(self, states: Tensor) -> Tensor:
        """The change of the states.  # (samples, tokens, width)"""
        change: Tensor = self.fc2(nn.functional.gelu(self.fc1(states)))  # (samples, tokens, width)
        return change
