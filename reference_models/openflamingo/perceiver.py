"""The perceiver resampler: any number of patches becomes a fixed number of latents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

_EXPANSION = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PerceiverShape:
    """The sizes of a resampler; those of all published checkpoints by default."""

    depth: int = 6
    heads: int = 8
    head_width: int = 64
    latents: int = 64


class PerceiverResampler(nn.Module):
    """Learned latents that attend to the patches of an image and to themselves, layer by layer."""

    def __init__(self, width: int, shape: PerceiverShape) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.randn(shape.latents, width))  # (latents, width)
        layers = [
            nn.ModuleList([PerceiverAttention(width, shape.heads, shape.head_width), feed_forward(width)])
            for _ in range(shape.depth)
        ]
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(width)

    def forward(self, patches: Tensor) -> Tensor:
        """Resamples the patches of each image, (images, patches, width).  # (images, latents, width)"""
        latents = self.latents.expand(len(patches), -1, -1)  # (images, latents, width)
        for layer in self.layers:
            attention, feed = cast(nn.ModuleList, layer)
            latents = attention(patches, latents) + latents  # (images, latents, width)
            latents = feed(latents) + latents  # (images, latents, width)
        resampled: Tensor = self.norm(latents)  # (images, latents, width)
        return resampled


class PerceiverAttention(nn.Module):
    """Attention of the latents to the patches and to themselves."""

    def __init__(self, width: int, heads: int, head_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_media = nn.LayerNorm(width)
        self.norm_latents = nn.LayerNorm(width)
        self.to_q = nn.Linear(width, heads * head_width, bias=False)
        self.to_kv = nn.Linear(width, 2 * heads * head_width, bias=False)
        self.to_out = nn.Linear(heads * head_width, width, bias=False)

    def forward(self, patches: Tensor, latents: Tensor) -> Tensor:
        """The change of the latents.  # (images, latents, width)"""
        latents = self.norm_latents(latents)  # (images, latents, width)
        seen = torch.cat([self.norm_media(patches), latents], dim=1)  # (images, patches + latents, width)
        queries = split_heads(self.to_q(latents), self.heads)  # (images, heads, latents, head width)
        keys, values = (split_heads(part, self.heads) for part in self.to_kv(seen).chunk(2, dim=-1))
        attended = scaled_dot_product_attention(queries, keys, values)  # (images, heads, latents, head width)
        change: Tensor = self.to_out(attended.transpose(1, 2).flatten(2))  # (images, latents, width)
        return change


def feed_forward(width: int) -> nn.Sequential:
    """The feed-forward network of resamplers and gated layers."""
    return nn.Sequential(
        nn.LayerNorm(width),
        nn.Linear(width, _EXPANSION * width, bias=False),
        nn.GELU(),
        nn.Linear(_EXPANSION * width, width, bias=False),
    )


def split_heads(states: Tensor, heads: int) -> Tensor:
    """Cuts the width of states into heads.  # (rows, heads, tokens, head width)"""
    rows, tokens, width = states.shape
    return states.view(rows, tokens, heads, width // heads).transpose(1, 2)
