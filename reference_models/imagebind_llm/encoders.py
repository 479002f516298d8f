"""The encoders of ImageBind and Point-Bind: any modality becomes a vector in one space."""

from __future__ import annotations

from typing import Self

from torch import Tensor, nn

from reference_models.imagebind_llm.encoder_shapes import ImageBindShape, Modality
from reference_models.imagebind_llm.heads import make_heads, make_scales
from reference_models.imagebind_llm.input_tokens import TextTokens, input_layers
from reference_models.imagebind_llm.point_encoder import PointTrunk
from reference_models.imagebind_llm.trunk import Trunk
from vlitqa.errors import UsageError

_AXES = {"vision": 5, "text": 2, "audio": 4, "depth": 4, "thermal": 4, "imu": 3, "point": 3}
"""The most axes that inputs have whose samples are whole; one more is that of the clips of a sample."""


class ImageBindEncoders(nn.Module):
    """All encoders, under the names of the published weights; inputs may be more precise than the weights are.

    | modality | inputs |
    |---|---|
    | vision | (samples, 3, side, side), or (samples, clips, 3, 2, side, side) of films |
    | text | (samples, tokens): numbers of the tokens of CLIP |
    | audio | (samples, clips, 1, bins, frames): spectrograms of two seconds |
    | depth | (samples, 1, side, side): disparity |
    | thermal | (samples, 1, side, side) |
    | imu | (samples, 6, steps) |
    | point | (samples, points, 3) in the unit sphere |
    """

    def __init__(self, shape: ImageBindShape) -> None:
        super().__init__()
        self.modalities = shape.modalities
        self.modality_preprocessors = nn.ModuleDict(input_layers(shape))
        self.modality_trunks = nn.ModuleDict(_trunks(shape))
        self.modality_heads = nn.ModuleDict(make_heads(shape))
        self.modality_postprocessors = nn.ModuleDict(make_scales(shape))
        if shape.points is not None:
            self.point_trunk = PointTrunk(shape.points)
        self.eval()

    def embed(self, modality: Modality, inputs: Tensor, *, seed: int = 0) -> Tensor:
        """The embeddings of samples: of unit length, scaled, then averaged over clips.

        The seed draws the first centre of clouds of points.  # (samples, embedding)
        """
        return self.embed_and_project(modality, inputs, seed=seed)[0]

    def project(self, modality: Modality, inputs: Tensor, *, seed: int = 0) -> Tensor:
        """The outputs of a head, neither of unit length nor scaled, averaged over clips.  # (samples, embedding)"""
        return self.embed_and_project(modality, inputs, seed=seed)[1]

    def embed_and_project(self, modality: Modality, inputs: Tensor, *, seed: int = 0) -> tuple[Tensor, Tensor]:
        """The embeddings of samples and the outputs of the head, as `embed` and `project` give them, at once."""
        clips, count = _as_clips(modality, inputs)
        outputs = self._head_outputs(modality, clips, seed)  # (clips, embedding)
        embeddings = self.modality_postprocessors[modality](outputs)  # (clips, embedding)
        return _mean_of_clips(embeddings, count), _mean_of_clips(outputs, count)

    def train(self, mode: bool = True) -> Self:  # noqa: ARG002, FBT001, FBT002
        """Stays as it is: the encoders are frozen, and their statistics of batches would follow other clouds."""
        return super().train(mode=False)

    def _head_outputs(self, modality: Modality, inputs: Tensor, seed: int) -> Tensor:
        """Raises UsageError for a modality without an encoder.  # (clips, embedding)"""
        if modality not in self.modalities:
            message = f"this model has no encoder of the modality {modality!r}"
            raise UsageError(message, repair=f"Choose from {', '.join(self.modalities)}.")
        if modality == "point":
            arguments: tuple[Tensor, ...] = (self.point_trunk(inputs, seed=seed),)  # (clouds, projection)
        else:
            arguments = self._head_inputs(modality, inputs)
        outputs: Tensor = self.modality_heads[modality](*arguments)  # (clips, embedding)
        return outputs

    def _head_inputs(self, modality: Modality, inputs: Tensor) -> tuple[Tensor, ...]:
        """The states of the trunk, (clips, tokens, width); for texts also their tokens, by which the head pools."""
        layer, trunk = self.modality_preprocessors[modality], self.modality_trunks[modality]
        if isinstance(layer, TextTokens):
            return trunk(layer(inputs), layer.mask_of(inputs)), inputs
        return (trunk(layer(inputs.to(next(layer.parameters()).dtype))),)


def _trunks(shape: ImageBindShape) -> dict[str, nn.Module]:
    trunks: dict[str, nn.Module] = {"vision": Trunk(shape.vision, has_first_norm=True)}
    if shape.text:
        trunks["text"] = Trunk(shape.text)
    others = {"audio": shape.audio, "depth": shape.depth, "thermal": shape.thermal, "imu": shape.imu}
    trunks.update({name: Trunk(trunk, has_bias_key=True) for name, trunk in others.items() if trunk})
    return trunks


def _as_clips(modality: Modality, inputs: Tensor) -> tuple[Tensor, int]:
    """The clips of all samples one after another, and how many a sample has."""
    if inputs.ndim <= _AXES[modality]:
        return inputs, 1
    return inputs.flatten(0, 1), inputs.shape[1]


def _mean_of_clips(vectors: Tensor, count: int) -> Tensor:
    """# (samples, embedding)"""
    return vectors.view(len(vectors) // count, count, -1).mean(dim=1)
