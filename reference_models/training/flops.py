"""Floating-point operations of a tuning, counted strictly, and the share of a GPU's peak that they come to.

Counted are the layers of the language model for real tokens: no padding, nothing that is computed twice, and half of
the attention, because no token sees a later one. The tower, the projector and the head are left out. So a share can
only be too small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.nn import Linear, Parameter

from vlitqa.contracts.models import ReferenceModel

_PEAKS: Mapping[str, float] = {
    "H100 PCIe": 756e12,
    "H100": 989e12,
    "H200": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "RTX 4090": 165e12,
}
"""Operations a second of dense bfloat16, by a part of the GPU's name; the longer names come first."""


@dataclass(frozen=True, slots=True)
class LayerCosts:
    """What the layers of a language model cost."""

    weights: int
    """Those of all matrices of the layers."""
    layers: int
    width: int
    passes: int
    """3 if the layers are trained: forwards, backwards to inputs and to weights; 2 if only what lies before them is."""

    @classmethod
    def of(cls, model: ReferenceModel, trained: Mapping[str, Parameter]) -> LayerCosts:
        """The costs of a model of which some parameters are trained."""
        layers = model.module.get_submodule(model.language_layers)
        linear = [module for module in layers.modules() if isinstance(module, Linear)]
        is_trained = any(
            name.startswith(model.language_layers) and ".lora_" not in name and parameter.ndim > 1  # no norm or bias
            for name, parameter in trained.items()
        )
        matrices = (weight for module in linear for weight in module.parameters(recurse=False) if weight.ndim > 1)
        weights = sum(weight.numel() for weight in matrices)
        return cls(weights, len(list(layers.children())), linear[0].in_features, 3 if is_trained else 2)

    def flops(self, lengths: Sequence[int]) -> float:
        """The operations of one step over documents of some lengths."""
        attention = 2 * self.layers * self.width * sum(length * length for length in lengths)
        return float(self.passes * (2 * self.weights * sum(lengths) + attention))


def peak_flops() -> float | None:
    """The operations a second that the GPU of this machine can do at most; None where that is not known."""
    if not torch.cuda.is_available():
        return None
    name = torch.cuda.get_device_name()
    return next((peak for part, peak in _PEAKS.items() if part in name), None)
