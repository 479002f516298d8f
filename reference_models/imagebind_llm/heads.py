"""Heads that lead from the states of a trunk into the shared space, and the scale of each modality there."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from reference_models.imagebind_llm.encoder_shapes import ImageBindShape
from reference_models.imagebind_llm.trunk import TRUNK_EPSILON

_SCALES = {"audio": 20.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0, "point": 1.0}
"""Fixed scales; vision has none, and that of text comes with the weights."""
_FIRST_TEXT_SCALE = 1 / 0.07
_HIGHEST_SCALE = 100.0


def make_heads(shape: ImageBindShape) -> dict[str, nn.Module]:
    """The heads by modality; where the published ones have a dropout, which frozen encoders never use, is a gap."""
    heads: dict[str, nn.Module] = {
        name: nn.Sequential(_norm(width), ClassToken(), _projection(width, shape))
        for name, width in (
            ("vision", shape.vision.width),
            ("audio", shape.audio.width),
            ("depth", shape.depth.width),
            ("thermal", shape.thermal.width),
        )
    }
    heads["text"] = TextHead(shape)
    width = shape.imu.width
    heads["imu"] = nn.Sequential(_norm(width), ClassToken(), nn.Identity(), _projection(width, shape))
    if shape.points is not None:
        width = shape.points.projection
        heads["point"] = nn.Sequential(_norm(width), nn.Identity(), _projection(width, shape))
    return heads


def make_scales(shape: ImageBindShape) -> dict[str, nn.Module]:
    """What is done with the outputs of heads, by modality: unit length, then a scale."""
    fixed = {name: scale for name, scale in _SCALES.items() if name != "point" or shape.points is not None}
    return {
        "vision": UnitLength(),
        "text": nn.Sequential(UnitLength(), LogitScale(_FIRST_TEXT_SCALE)),
        **{name: nn.Sequential(UnitLength(), LogitScale(scale)) for name, scale in fixed.items()},
    }


class ClassToken(nn.Module):
    """Takes the class token of states."""

    def forward(self, states: Tensor) -> Tensor:
        """The first token.  # (samples, width)"""
        return states[:, 0]


class TextHead(nn.Module):
    """Takes the state of the token that ends a text, and projects it."""

    def __init__(self, shape: ImageBindShape) -> None:
        super().__init__()
        self.proj = nn.Sequential(_norm(shape.text.width), _projection(shape.text.width, shape))

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
