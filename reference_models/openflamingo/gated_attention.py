"""Gated layers of cross-attention: they stand before layers of the language model, and begin without any effect."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from reference_models.openflamingo.media import Media
from reference_models.openflamingo.perceiver import feed_forward, split_heads


@dataclass(frozen=True, slots=True, kw_only=True)
class GateShape:
    """The sizes of the gated layers; those of the published 3B checkpoint by default."""

    every: int = 1
    """One stands before every so many layers of the language model."""
    heads: int = 8
    head_width: int = 64


class GatedCrossAttentionBlock(nn.Module):
    """Cross-attention and a feed-forward network, each behind the hyperbolic tangent of a gate that begins at zero."""

    def __init__(self, width: int, media_width: int, shape: GateShape) -> None:
        super().__init__()
        self.attn = MaskedCrossAttention(width, media_width, shape)
        self.attn_gate = nn.Parameter(torch.zeros(1))  # (1,)
        self.ff = feed_forward(width)
        self.ff_gate = nn.Parameter(torch.zeros(1))  # (1,)

    def forward(self, states: Tensor, media: Media, mask: Tensor) -> Tensor:
        """The states after the gated layer; the mask is that of the media.  # (rows, tokens, width)"""
        states = self.attn(states, media, mask) * self.attn_gate.tanh() + states  # (rows, tokens, width)
        after: Tensor = self.ff(states) * self.ff_gate.tanh() + states  # (rows, tokens, width)
        return after


class MaskedCrossAttention(nn.Module):
    """Attention of each token to the latents of its image; zero for a token without one."""

    def __init__(self, width: int, media_width: int, shape: GateShape) -> None:
        super().__init__()
        self.heads, inner_width = shape.heads, shape.heads * shape.head_width
        self.norm = nn.LayerNorm(width)
        self.to_q = nn.Linear(width, inner_width, bias=False)
        self.to_kv = nn.Linear(media_width, 2 * inner_width, bias=False)
        self.to_out = nn.Linear(inner_width, width, bias=False)

    def forward(self, states: Tensor, media: Media, mask: Tensor) -> Tensor:
        """What each token sees.  # (rows, tokens, width)"""
        queries = split_heads(self.to_q(self.norm(states)), self.heads)  # (rows, heads, tokens, head width)
        latents = media.latents.flatten(1, 2)  # (rows, images * latents, media width)
        keys, values = (split_heads(part, self.heads) for part in self.to_kv(latents).chunk(2, dim=-1))
        attended = scaled_dot_product_attention(queries, keys, values, mask)  # (rows, heads, tokens, head width)
        has_image = (media.image_of_token >= 0)[:, None, :, None]  # (rows, 1, tokens, 1)
        attended = attended.masked_fill(~has_image, 0)  # (rows, heads, tokens, head width)
        change: Tensor = self.to_out(attended.transpose(1, 2).flatten(2))  # (rows, tokens, width)
        return change
