"""The encoder of points of Point-Bind: groups of neighbours as tokens of a transformer, as in Point-BERT."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from reference_models.imagebind_llm.encoder_shapes import PointShape, TrunkShape
from reference_models.imagebind_llm.point_sampling import group_points
from reference_models.imagebind_llm.trunk import FeedForward, split_width

_POSITION_WIDTH = 128


class PointTrunk(nn.Module):
    """Clouds of points as vectors, before the head of the modality."""

    def __init__(self, shape: PointShape) -> None:
        super().__init__()
        self.point_encoder = PointTransformer(shape)
        projection = torch.empty(2 * shape.trunk.width, shape.projection)  # (2 * width, projection)
        self.pc_projection = nn.Parameter(nn.init.normal_(projection, std=shape.projection**-0.5))

    def forward(self, points: Tensor, *, seed: int) -> Tensor:
        """The vectors of clouds, (clouds, points, 3).  # (clouds, projection)"""
        features: Tensor = self.point_encoder(points, seed=seed)  # (clouds, 2 * width)
        return features @ self.pc_projection


class PointTransformer(nn.Module):
    """A transformer over groups of neighbours, whose places are added again before every layer."""

    def __init__(self, shape: PointShape) -> None:
        super().__init__()
        width = shape.trunk.width
        self.groups, self.group_size = shape.groups, shape.group_size
        self.encoder = GroupEncoder(shape)
        self.reduce_dim = nn.Linear(shape.group_width, width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))  # (1, 1, width)
        self.cls_pos = nn.Parameter(torch.randn(1, 1, width))  # (1, 1, width)
        self.pos_embed = nn.Sequential(nn.Linear(3, _POSITION_WIDTH), nn.GELU(), nn.Linear(_POSITION_WIDTH, width))
        self.blocks = PointLayers(shape.trunk)
        self.norm = nn.LayerNorm(width)

    def forward(self, points: Tensor, *, seed: int) -> Tensor:
        """The class token beside the highest values of all groups.  # (clouds, 2 * width)"""
        groups = group_points(
            points.float(), self.groups, self.group_size, seed=seed
        )  # rounded, neighbours would change
        neighbours, centres = (part.to(self.cls_token.dtype) for part in groups)
        vectors = self.reduce_dim(self.encoder(neighbours))  # (clouds, groups, width)
        clouds = len(points)
        tokens = torch.cat([self.cls_token.expand(clouds, -1, -1), vectors], dim=1)  # (clouds, 1 + groups, width)
        places = torch.cat([self.cls_pos.expand(clouds, -1, -1), self.pos_embed(centres)], dim=1)
        states = self.norm(self.blocks(tokens, places))  # (clouds, 1 + groups, width)
        return torch.cat([states[:, 0], states[:, 1:].amax(dim=1)], dim=-1)  # (clouds, 2 * width)


class GroupEncoder(nn.Module):
    """A small PointNet: the vector of a group does not depend on the order of its points."""

    def __init__(self, shape: PointShape) -> None:
        super().__init__()
        channels = shape.group_channels
        self.first_conv = _two_convolutions(3, channels, 2 * channels)
        self.second_conv = _two_convolutions(4 * channels, 4 * channels, shape.group_width)

    def forward(self, neighbours: Tensor) -> Tensor:
        """The vectors of groups, (clouds, groups, size, 3).  # (clouds, groups, group width)"""
        clouds, groups, _, _ = neighbours.shape
        points = neighbours.flatten(0, 1).transpose(1, 2)  # (clouds * groups, 3, size)
        features: Tensor = self.first_conv(points)  # (clouds * groups, channels, size)
        highest = features.amax(dim=2, keepdim=True).expand_as(features)  # (clouds * groups, channels, size)
        features = self.second_conv(torch.cat([highest, features], dim=1))  # (clouds * groups, group width, size)
        return features.amax(dim=2).view(clouds, groups, -1)


class PointLayers(nn.Module):
    """The layers of the transformer; the name of the published weights has a level for them alone."""

    def __init__(self, shape: TrunkShape) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([PointBlock(shape) for _ in range(shape.layers)])

    def forward(self, tokens: Tensor, places: Tensor) -> Tensor:
        """The states of tokens.  # (clouds, tokens, width)"""
        states = tokens
        for block in self.blocks:
            states = block(states + places)  # (clouds, tokens, width)
        return states


class PointBlock(nn.Module):
    """Self-attention and a feed-forward network, each after a normalisation and beside a shortcut."""

    def __init__(self, shape: TrunkShape) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
        self.attn = PointAttention(shape)
        self.mlp = FeedForward(shape.width)

    def forward(self, states: Tensor) -> Tensor:
        """The states after the layer.  # (clouds, tokens, width)"""
        states = states + self.attn(self.norm1(states))  # (clouds, tokens, width)
        after: Tensor = states + self.mlp(self.norm2(states))  # (clouds, tokens, width)
        return after


class PointAttention(nn.Module):
    """Self-attention whose queries, keys and values have no bias."""

    def __init__(self, shape: TrunkShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.proj = nn.Linear(shape.width, shape.width)

    def forward(self, states: Tensor) -> Tensor:
        """The change of the states.  # (clouds, tokens, width)"""
        parts = self.qkv(states).chunk(3, dim=-1)
        queries, keys, values = (split_width(part, self.heads) for part in parts)
        attended = scaled_dot_product_attention(queries, keys, values)  # (clouds, heads, tokens, head width)
        change: Tensor = self.proj(attended.transpose(1, 2).flatten(2))  # (clouds, tokens, width)
        return change


def _two_convolutions(first: int, middle: int, last: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv1d(first, middle, 1), nn.BatchNorm1d(middle), nn.ReLU(), nn.Conv1d(middle, last, 1))
