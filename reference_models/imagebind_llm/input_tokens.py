"""Inputs of all modalities as tokens: patches behind a class token, or words; with learned positions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reference_models.imagebind_llm.encoder_shapes import ImageBindShape

IMU_CHANNELS = 6
"""Acceleration and rotation, along three axes."""
_FRAMES = 2
"""A patch of vision reaches over two frames."""


def input_layers(shape: ImageBindShape) -> dict[str, nn.Module]:
    """The layers that make tokens, by modality."""
    vision = PatchStem(nn.Sequential(FramePair(), _vision_projection(shape)), nn.Identity())
    layers: dict[str, nn.Module] = {
        "vision": PatchTokens(vision, shape.vision.width, (shape.side // shape.vision_patch) ** 2)
    }
    if shape.text:
        layers["text"] = TextTokens(shape, shape.text.width)
    if shape.audio:
        patches = _strides(shape.mel_bins, shape) * _strides(shape.mel_frames, shape)
        stem = _plane_stem(shape.audio.width, shape.audio_patch, shape.audio_stride)
        layers["audio"] = PatchTokens(stem, shape.audio.width, patches)
    for name, trunk, stem_name in (("depth", shape.depth, "depth_stem"), ("thermal", shape.thermal, "rgbt_stem")):
        if trunk:
            stem = _plane_stem(trunk.width, shape.depth_patch, shape.depth_patch)
            patches = (shape.side // shape.depth_patch) ** 2
            layers[name] = PatchTokens(stem, trunk.width, patches, stem_name=stem_name)
    if shape.imu:
        layers["imu"] = ImuTokens(shape, shape.imu.width)
    return layers


class PatchTokens(nn.Module):
    """A class token and the patches of an input, with their positions."""

    def __init__(self, stem: PatchStem, width: int, patches: int, *, stem_name: str = "rgbt_stem") -> None:
        super().__init__()
        self.stem_name = stem_name
        self.add_module(stem_name, stem)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))  # (1, 1, width)
        self.pos_embedding_helper = PositionTable(1 + patches, width)

    def forward(self, inputs: Tensor) -> Tensor:
        """The tokens of inputs, (samples, channels, ...).  # (samples, 1 + patches, width)"""
        patches: Tensor = self.get_submodule(self.stem_name)(inputs)  # (samples, patches, width)
        tokens = torch.cat([self.cls_token.expand(len(patches), -1, -1), patches], dim=1)
        return tokens + self.pos_embedding_helper.pos_embed


class PositionTable(nn.Module):
    """Learned positions of tokens."""

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.pos_embed = _new_positions(tokens, width)  # (1, tokens, width)


class PatchStem(nn.Module):
    """Projects the patches of an input, and normalises them."""

    def __init__(self, proj: nn.Module, norm_layer: nn.Module) -> None:
        super().__init__()
        self.proj = proj
        self.norm_layer = norm_layer

    def forward(self, inputs: Tensor) -> Tensor:
        """The patches of inputs, row by row.  # (samples, patches, width)"""
        patches: Tensor = self.norm_layer(self.proj(inputs).flatten(2).transpose(1, 2))  # (samples, patches, width)
        return patches


class FramePair(nn.Module):
    """A still picture is a film of two equal frames; a film stays as it is."""

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures, or films of two frames, as films.  # (samples, 3, frames, side, side)"""
        if pictures.ndim == 4:
            return pictures[:, :, None].expand(-1, -1, _FRAMES, -1, -1)  # (samples, 3, frames, side, side)
        return pictures


class TextTokens(nn.Module):
    """Embeddings of tokens with their positions, and the mask by which none attends to later ones."""

    mask: Tensor

    def __init__(self, shape: ImageBindShape, width: int) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(shape.vocabulary_size, width)
        self.pos_embed = _new_positions(shape.context_length, width)  # (1, context, width)
        later = torch.full((shape.context_length, shape.context_length), float("-inf")).triu(1)  # (context, context)
        self.register_buffer("mask", later)  # the published file holds it

    def forward(self, token_ids: Tensor) -> Tensor:
        """The embeddings of texts, (samples, tokens).  # (samples, tokens, width)"""
        embeddings: Tensor = self.token_embedding(token_ids)  # (samples, tokens, width)
        return embeddings + self.pos_embed[:, : token_ids.shape[1]]

    def mask_of(self, token_ids: Tensor) -> Tensor:
        """What is added to the scores of attention among the tokens of texts.  # (tokens, tokens)"""
        tokens = token_ids.shape[1]
        return self.mask[:tokens, :tokens]


class ImuTokens(nn.Module):
    """A class token and short stretches of motion, with their positions."""

    def __init__(self, shape: ImageBindShape, width: int) -> None:
        super().__init__()
        self.patch = shape.imu_patch
        self.imu_stem = PatchStem(nn.Linear(IMU_CHANNELS * shape.imu_patch, width, bias=False), nn.LayerNorm(width))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))  # (1, 1, width)
        self.pos_embed = _new_positions(1 + shape.imu_steps // shape.imu_patch, width)  # (1, 1 + stretches, width)

    def forward(self, motion: Tensor) -> Tensor:
        """The tokens of motion, (samples, 6, steps).  # (samples, 1 + stretches, width)"""
        stretches = motion.unfold(-1, self.patch, self.patch)  # (samples, 6, stretches, patch)
        values = stretches.transpose(1, 2).flatten(2)  # (samples, stretches, 6 * patch)
        tokens = self.imu_stem.norm_layer(self.imu_stem.proj(values))  # (samples, stretches, width)
        tokens = torch.cat([self.cls_token.expand(len(tokens), -1, -1), tokens], dim=1)
        return tokens + self.pos_embed


def _vision_projection(shape: ImageBindShape) -> nn.Conv3d:
    patch = (_FRAMES, shape.vision_patch, shape.vision_patch)
    return nn.Conv3d(3, shape.vision.width, patch, stride=patch, bias=False)


def _plane_stem(width: int, patch: int, stride: int) -> PatchStem:
    return PatchStem(nn.Conv2d(1, width, patch, stride=stride, bias=False), nn.LayerNorm(width))


def _strides(length: int, shape: ImageBindShape) -> int:
    """The patches that fit side by side into a length of a spectrogram."""
    return (length - shape.audio_patch) // shape.audio_stride + 1


def _new_positions(tokens: int, width: int) -> nn.Parameter:
    return nn.Parameter(nn.init.normal_(torch.empty(1, tokens, width), std=0.02))  # (1, tokens, width)
