"""Linear layers that learn by a bias and by a product of two small matrices (LoRA), as in the published weights.

They are not those of peft, whose product a tuning adds to the weights in the end: features go through the value
projection of the base model without its adapter, so that both have to stay apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import LlamaForCausalLM

RANK = 16
"""That of the published weights."""
_HAS_BIAS: Mapping[str, bool] = MappingProxyType(
    {
        "self_attn.q_proj": True,
        "self_attn.k_proj": False,
        "self_attn.v_proj": False,
        "self_attn.o_proj": True,
        "mlp.gate_proj": True,
        "mlp.up_proj": True,
        "mlp.down_proj": True,
    }
)
"""The linear layers of a layer of a Llama, and those that get a bias."""


class LowRankLinear(nn.Linear):
    """A linear layer to whose output the product of two small matrices is added, which begins at zero.

    The product is not scaled.
    """

    def __init__(self, frozen: nn.Linear, rank: int, *, has_bias: bool) -> None:
        super().__init__(frozen.in_features, frozen.out_features, bias=False, device="meta")
        self.weight = frozen.weight
        self.lora_a = nn.Parameter(self.weight.new_empty(rank, self.in_features))  # (rank, inputs)
        self.lora_b = nn.Parameter(self.weight.new_zeros(self.out_features, rank))  # (outputs, rank)
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))  # that of every linear layer of torch
        if has_bias:
            self.bias = nn.Parameter(self.weight.new_zeros(self.out_features))  # (outputs,)

    def forward(self, states: Tensor) -> Tensor:
        """The output of the layer, and the product.  # (…, outputs)"""
        output = linear(states, self.weight, self.bias)  # (…, outputs)
        return output + linear(linear(states, self.lora_a), self.lora_b)


def add_low_rank(language_model: LlamaForCausalLM, rank: int = RANK) -> None:
    """Puts small matrices and biases, all without effect, beside the weights of a plain Llama."""
    for layer in language_model.model.layers:
        for name, has_bias in _HAS_BIAS.items():
            parent_name, _, last = name.rpartition(".")
            parent = layer.get_submodule(parent_name)
            frozen = parent.get_submodule(last)
            if not isinstance(frozen, nn.Linear) or frozen.bias is not None:
                raise TypeError(f"{name} is no plain linear layer without bias")
            setattr(parent, last, LowRankLinear(frozen, rank, has_bias=has_bias))
