"""Heads that lead from the states of a trunk into the shared space, and the scale of each modality there."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from reference_models.imagebind_llm.encoder_shapes import ImageBindShape
from reference_models.imagebind_llm.trunk import TRUNK_EPSILON

_SCALES = {"text": 1 / 0.07, "audio": 20.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0, "point": 1.0}
"""Fixed scales, but that of text, which comes with the weights; vision has none."""
_HIGHEST_SCALE = 100.0


def make_heads(shape: ImageBindShape) -> dict[str, nn.Module]:
    """The heads by modality; where the published ones have a dropout, which frozen encoders never use, is a gap."""
    planes = {"vision": shape.vision, "audio": shape.audio, "depth": shape.depth, "thermal": shape.thermal}
    heads: dict[str, nn.Module] = {
        name: nn.Sequential(_norm(trunk.width), ClassToken(), _projection(trunk.width, shape))
        for name, trunk in planes.items()
        if trunk
    }
    if shape.text:
        heads["text"] = TextHead(shape.text.width, shape)
    if shape.imu:
        width = shape.imu.width
        heads["imu"] = nn.Sequential(_norm(width), ClassToken(), nn.Identity(), _projection(width, shape))
    if shape.points is not None:
        width = shape.points.projection
        heads["point"] = nn.Sequential(_norm(width), nn.Identity(), _projection(width, shape))
    return heads


def make_scales(shape: ImageBindShape) -> dict[str, nn.Module]:
    """What is done with the outputs of heads, by modality: unit length, then a scale."""
    scales = {name: scale for name, scale in _SCALES.items() if name in shape.modalities}
    return {
        "vision": UnitLength(),
        **{name: nn.Sequential(UnitLength(), LogitScale(scale)) for name, scale in scales.items()},
    }


class ClassToken(nn.Module):
    """Takes the class token of states."""

    def forward(self, states: Tensor) -> Tensor:
        """The first token.  # (samples, width)"""
        return states[:, 0]


class TextHead(nn.Module):
    """Takes the state of the token that ends a text, and projects it."""

    def __init__(self, width: int, shape: ImageBindShape) -> None:
        super().__init__()
        self.proj = nn.Sequential(_norm(width), _projection(width, shape))

    def forward(self, states: Tensor, token_ids: Tensor) -> Tensor:
        """The embeddings of texts: the end token has the highest number, and its first place counts.

        # (samples, embedding)
        """
        ends = token_ids.argmax(dim=-1)  # (samples)
        pooled = states[torch.arange(len(states), device=states.device), ends]  # (samples, width)
        embeddings: Tensor = self.proj(pooled)  # (samples, embedding)
        return embeddings


class UnitLength(nn.Module):
    """Scales embeddings to length one."""

    def forward(self, embeddings: Tensor) -> Tensor:
        """The embeddings in the same direction.  # (samples, embedding)"""
        return normalize(embeddings, dim=-1)


class LogitScale(nn.Module):
    """Multiplies embeddings by the temperature of their modality, kept as its logarithm.

    It is a buffer also where ImageBind has learned it: the encoders are frozen, and parameters that are spread over
    processes may not be scalars.
    """

    log_logit_scale: Tensor

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.register_buffer("log_logit_scale", torch.tensor(math.log(scale)))  # ()

    def forward(self, embeddings: Tensor) -> Tensor:
        """The scaled embeddings.  # (samples, embedding)"""
        return self.log_logit_scale.exp().clamp(max=_HIGHEST_SCALE) * embeddings  # (samples, embedding)


def _norm(width: int) -> nn.LayerNorm:
    return nn.LayerNorm(width, eps=TRUNK_EPSILON)


def _projection(width: int, shape: ImageBindShape) -> nn.Linear:
    return nn.Linear(width, shape.embedding, bias=False)
