"""The projector of the first LLaVA, one linear layer; that of 1.5, two layers with a GELU, is transformers' own."""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import LlavaConfig, LlavaForConditionalGeneration

from reference_models.llava.configs import text_config, vision_config


class LinearProjector(torch.nn.Module):
    """One layer from the width of a patch's features to that of the language model."""

    def __init__(self, config: LlavaConfig) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(vision_config(config).hidden_size, text_config(config).hidden_size)

    def forward(self, features: Tensor) -> Tensor:
        """Projects the features of patches."""
        projected: Tensor = self.linear(features)  # (images, patches, width)
        return projected


class LinearLlava(LlavaForConditionalGeneration):  # type: ignore[no-untyped-call]
    """transformers' LLaVA with a linear projector."""

    def __init__(self, config: LlavaConfig) -> None:
        super().__init__(config)
        self.model.multi_modal_projector = LinearProjector(config)


PROJECTORS = {"linear": LinearLlava, "mlp2x_gelu": LlavaForConditionalGeneration}
"""The network with each projector, by the names of the original code."""
