"""Injection of features into all layers of a Llama: gated, without attention, and at first without any effect.

It has two forms. In that of the published weights, `ValueInjection`, a feature goes through the value projection of a
layer and is added to what its heads read. In that of the paper, `StateInjection`, it is added to the states before a
layer (equation 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaAttention

InjectionForm = Literal["published", "paper"]


class InjectedFeatures(Protocol):
    """Additions to the tokens of one call of a Llama, in all its layers.

    They travel with the call as its argument `injection`: modules keep nothing of them, so that calls may run side by
    side or inside each other, and a layer that is computed again when it is differentiated gets the same.
    """

    def add_to_states(self, layer: int, states: Tensor) -> Tensor:
        """The states before a layer, with the addition.  # (rows, tokens, width)"""
        ...

    def add_to_read(self, attention: LlamaAttention, read: Tensor) -> Tensor:
        """The addition to what the heads of a layer read, before they are joined.  # (rows, tokens, heads, width)"""
        ...


class Injection(Protocol):
    """A form of the injection with its trained gates."""

    def __call__(self, features: Tensor, feature_of_token: Tensor) -> InjectedFeatures:
        """The additions for tokens, of which each takes one of the features that the bind network gave."""
        ...


def make_injection(form: InjectionForm, config: LlamaConfig) -> ValueInjection | StateInjection:
    """An injection into a Llama, by the name of its form."""
    if form == "paper":
        return StateInjection(config.num_hidden_layers)
    return ValueInjection(config.num_hidden_layers, config.num_attention_heads, config.hidden_size)


class ValueInjection(nn.Module):
    """The form of the published weights: gates for all heads, and a vector that a layer adds to every feature."""

    def __init__(self, layers: int, heads: int, width: int) -> None:
        super().__init__()
        self.prefix_query = nn.Embedding(layers, width)
        self.gates = nn.Parameter(torch.zeros(layers, heads))  # (layers, heads)

    def forward(self, features: Tensor, feature_of_token: Tensor) -> InjectedValues:
        """The additions for tokens."""
        prefixes = self.prefix_query.weight[:, None]  # (layers, 1, width)
        return InjectedValues(features + prefixes, self.gates.tanh(), feature_of_token)


class StateInjection(nn.Module):
    """The form of the paper: one gate for each layer, by which every feature is multiplied."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.gates = nn.Parameter(torch.zeros(layers))  # (layers,)

    def forward(self, features: Tensor, feature_of_token: Tensor) -> InjectedStates:
        """The additions for tokens."""
        return InjectedStates(features, self.gates, feature_of_token)


@dataclass(frozen=True, slots=True, eq=False)
class InjectedValues:
    """Values that the heads of all layers add to what they read."""

    inputs: Tensor  # (layers, features, width)
    """What goes through the value projections."""
    gates: Tensor  # (layers, heads)
    """After the hyperbolic tangent."""
    feature_of_token: Tensor  # (rows, tokens or 1)

    def add_to_states(self, _layer: int, states: Tensor) -> Tensor:
        """The states as they are.  # (rows, tokens, width)"""
        return states

    def add_to_read(self, attention: LlamaAttention, read: Tensor) -> Tensor:
        """What the heads read, and the gated values.

        The weight of the projection is that of the base model: adapters beside it do not see the features.
        # (rows, tokens, heads, head width)
        """
        layer, projection = attention.layer_idx, attention.v_proj
        inputs = self.inputs[layer].to(projection.weight.dtype)  # (features, width)
        values = linear(inputs, projection.weight, projection.bias)  # (features, fewer heads * head width)
        values = values.view(len(values), -1, attention.head_dim)  # (features, fewer heads, head width)
        values = values.repeat_interleave(attention.num_key_value_groups, 1)  # (features, heads, head width)
        values = (values * self.gates[layer][:, None]).to(read.dtype)  # (features, heads, head width)
        return read + _of_tokens(values, self.feature_of_token, read)


@dataclass(frozen=True, slots=True, eq=False)
class InjectedStates:
    """Features that are added to the states before all layers."""

    features: Tensor  # (features, width)
    gates: Tensor  # (layers,)
    feature_of_token: Tensor  # (rows, tokens or 1)

    def add_to_states(self, layer: int, states: Tensor) -> Tensor:
        """The states and the gated features (equation 2).  # (rows, tokens, width)"""
        gated = (self.features * self.gates[layer]).to(states.dtype)  # (features, width)
        return states + _of_tokens(gated, self.feature_of_token, states)

    def add_to_read(self, _attention: LlamaAttention, read: Tensor) -> Tensor:
        """What the heads read, as it is.  # (rows, tokens, heads, head width)"""
        return read


def _of_tokens(additions: Tensor, feature_of_token: Tensor, states: Tensor) -> Tensor:
    """The addition of every token; raises where the features were placed among another number of tokens.

    # (rows, tokens, …)
    """
    return additions[feature_of_token.expand(states.shape[:2])]
