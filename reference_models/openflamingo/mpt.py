"""MPT, the language model of the published checkpoints: ALiBi, no biases, and for MPT-1B normalised queries and keys.

transformers has an MPT too; it knows neither the normalised queries of MPT-1B nor the positions of packed documents.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention
from transformers import Cache

from reference_models.openflamingo.language import TextView
from reference_models.openflamingo.perceiver import split_heads


@dataclass(frozen=True, slots=True, kw_only=True)
class MptShape:
    """The sizes of an MPT; those of MPT-1B by default."""

    vocabulary_size: int
    width: int = 2048
    heads: int = 16
    layers: int = 24
    context_length: int = 2048
    expansion: int = 4
    has_qk_norm: bool = True
    """Queries and keys are normalised over all heads together."""
    steepest_bias: float = 8.0
    """ALiBi: the slope of the last head is two to the power of minus this."""


class MptLanguageModel(nn.Module):
    """MPT; its modules bear the names of transformers' MPT."""

    def __init__(self, shape: MptShape) -> None:
        super().__init__()
        self.shape = shape
        self.width, self.context_length = shape.width, shape.context_length
        self.wte = nn.Embedding(shape.vocabulary_size, shape.width)
        self.blocks = nn.ModuleList([MptBlock(shape, number) for number in range(shape.layers)])
        self.norm_f = nn.LayerNorm(shape.width, bias=False)
        for matrix in self.parameters():
            if matrix.ndim == 2:
                nn.init.normal_(matrix, std=0.02)

    @property
    def layers(self) -> nn.ModuleList:
        """The layers, in their order."""
        return self.blocks

    @property
    def table(self) -> nn.Embedding:
        """The embeddings of all tokens."""
        return self.wte

    def enter(self, embeddings: Tensor, _view: TextView) -> Tensor:
        """The embeddings as they are: positions are in the attention's bias."""
        return embeddings

    def attention_bias(self, view: TextView, dtype: torch.dtype) -> Tensor:
        """ALiBi of Press et al. (2022): keys weigh less the further back in the document they stand.

        # (rows, heads, tokens, keys)
        """
        distances = view.positions[:, None, :, None] - view.key_positions[:, None, None, :]  # (rows, 1, tokens, keys)
        slopes = alibi_slopes(self.shape.heads, self.shape.steepest_bias)
        columns = torch.tensor(slopes, device=distances.device)[:, None, None]  # (heads, 1, 1)
        return (-columns * distances).masked_fill(~view.mask, -torch.inf).to(dtype)

    def leave(self, states: Tensor) -> Tensor:
        """Normalises the states."""
        normalised: Tensor = self.norm_f(states)  # (…, width)
        return normalised


class MptBlock(nn.Module):
    """One layer: attention, then a feed-forward network."""

    def __init__(self, shape: MptShape, number: int) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(shape.width, bias=False)
        self.attn = MptAttention(shape, number)
        self.norm_2 = nn.LayerNorm(shape.width, bias=False)
        self.ffn = nn.ModuleDict(
            {
                "up_proj": nn.Linear(shape.width, shape.expansion * shape.width, bias=False),
                "down_proj": nn.Linear(shape.expansion * shape.width, shape.width, bias=False),
            }
        )

    def forward(self, states: Tensor, attention_mask: Tensor, past_key_values: Cache | None = None) -> Tensor:
        """The states after the layer.  # (rows, tokens, width)"""
        states = states + self.attn(self.norm_1(states), attention_mask, past_key_values)  # (rows, tokens, width)
        widened = gelu(self.ffn["up_proj"](self.norm_2(states)))  # (rows, tokens, expansion * width)
        after: Tensor = states + self.ffn["down_proj"](widened)  # (rows, tokens, width)
        return after


class MptAttention(nn.Module):
    """Attention of tokens to earlier ones."""

    def __init__(self, shape: MptShape, number: int) -> None:
        super().__init__()
        self.heads, self.number = shape.heads, number
        self.Wqkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out_proj = nn.Linear(shape.width, shape.width, bias=False)
        if shape.has_qk_norm:
            self.q_ln = nn.LayerNorm(shape.width, bias=False)
            self.k_ln = nn.LayerNorm(shape.width, bias=False)
        self.has_qk_norm = shape.has_qk_norm

    def forward(self, states: Tensor, bias: Tensor, cache: Cache | None) -> Tensor:
        """What each token reads from earlier ones.  # (rows, tokens, width)"""
        queries, keys, values = self.Wqkv(states).chunk(3, dim=-1)  # (rows, tokens, width) each
        if self.has_qk_norm:
            queries, keys = self.q_ln(queries), self.k_ln(keys)  # (rows, tokens, width) each
        queries, keys, values = (split_heads(part, self.heads) for part in (queries, keys, values))
        if cache is not None:
            keys, values = cache.update(keys, values, self.number)  # (rows, heads, keys, head width) each
        attended = scaled_dot_product_attention(queries, keys, values, bias)  # (rows, heads, tokens, head width)
        read: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))  # (rows, tokens, width)
        return read


def alibi_slopes(heads: int, steepest: float) -> list[float]:
    """The slope of each head; where their number is no power of two, every second one of the next power comes first."""
    power = 2 ** math.ceil(math.log2(heads))
    slopes = [2.0 ** (-(number + 1) * steepest / power) for number in range(power)]
    return slopes if power == heads else (slopes[1::2] + slopes[::2])[:heads]
