"""What OpenFlamingo asks of a language model, and transformers' OPT in that shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

import torch
from torch import Tensor, nn
from transformers import OPTConfig
from transformers.models.opt.modeling_opt import OPTDecoder


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextView:
    """The tokens that each token sees, and the places of both in their documents."""

    mask: Tensor  # (rows, 1, tokens, keys)
    """True where a token sees a key."""
    positions: Tensor  # (rows, tokens)
    key_positions: Tensor  # (rows, keys)


class LanguageModel(Protocol):
    """A frozen language model whose layers are called one by one, so that others can stand between them.

    A layer takes `(states, attention_mask=…, past_key_values=…)` as those of transformers do.
    """

    @property
    def width(self) -> int:
        """The width of its states."""
        ...

    @property
    def context_length(self) -> int:
        """The most tokens that it reads."""
        ...

    @property
    def layers(self) -> nn.ModuleList:
        """Its layers, in their order."""
        ...

    @property
    def table(self) -> nn.Embedding:
        """The embeddings of all tokens, which are also the weights of the head."""
        ...

    def enter(self, embeddings: Tensor, view: TextView) -> Tensor:
        """The states before the first layer.  # (rows, tokens, width)"""
        ...

    def attention_bias(self, view: TextView, dtype: torch.dtype) -> Tensor:
        """The mask that all layers take.  # (rows, 1 or heads, tokens, keys)"""
        ...

    def leave(self, states: Tensor) -> Tensor:
        """The states before the head, after the last layer.  # (…, width of the table)"""
        ...


class OptLanguageModel(nn.Module):
    """The decoder of transformers' OPT, without dropout: it is never trained."""

    def __init__(self, config: OPTConfig) -> None:
        super().__init__()
        config = OPTConfig.from_dict({**config.to_dict(), "dropout": 0.0, "attention_dropout": 0.0, "layerdrop": 0.0})
        config._attn_implementation = "sdpa"
        self.decoder = OPTDecoder(config)
        self.width: int = config.hidden_size
        self.context_length: int = config.max_position_embeddings

    @property
    def layers(self) -> nn.ModuleList:
        """The layers, in their order."""
        return self.decoder.layers

    @property
    def table(self) -> nn.Embedding:
        """The embeddings of all tokens."""
        return self.decoder.embed_tokens

    def enter(self, embeddings: Tensor, view: TextView) -> Tensor:
        """Adds the learned positions.  # (rows, tokens, width)"""
        if self.decoder.project_in is not None:
            embeddings = self.decoder.project_in(embeddings)  # (rows, tokens, width)
        places = self.decoder.embed_positions(None, position_ids=view.positions)  # (rows, tokens, width)
        return embeddings + cast(Tensor, places)

    def attention_bias(self, view: TextView, _dtype: torch.dtype) -> Tensor:
        """The mask as it is."""
        return view.mask

    def leave(self, states: Tensor) -> Tensor:
        """Normalises the states."""
        if self.decoder.final_layer_norm is not None:
            states = self.decoder.final_layer_norm(states)  # (…, width)
        if self.decoder.project_out is not None:
            states = self.decoder.project_out(states)  # (…, width of the table)
        return states
