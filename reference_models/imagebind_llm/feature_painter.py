"""Draws what a feature is about with Stable unCLIP, which draws the vectors that CLIP has of pictures.

ImageBind bound all modalities to one CLIP. So the outputs of its heads, neither of unit length nor scaled, stand in
place of the vectors of a picture. The same feature gives the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from reference_models.mim.painter import DrawingSettings
from reference_models.mim.pipeline import Pipeline
from reference_models.mim.pipeline_folder import STABLE_UNCLIP, find_pipeline
from reference_models.mim.pipeline_loading import load_pipeline, quiet_diffusers
from reference_models.mim.png import drawn_picture
from reference_models.training.sampling import drawing
from vlitqa.backends.model_files import require
from vlitqa.contracts.models import Sampling
from vlitqa.contracts.tools import Picture
from vlitqa.errors import UsageError

_STEPS = 20


@dataclass(frozen=True, slots=True, eq=False)
class UnclipPainter:
    """A painter with a pipeline of Stable unCLIP."""

    pipeline: Pipeline
    settings: DrawingSettings = field(default_factory=lambda: DrawingSettings(steps=_STEPS))

    @property
    def feature_width(self) -> int:
        """The width of the features that it draws."""
        width: int = self.pipeline.components["image_normalizer"].config.embedding_dim
        return width

    def paint_feature(self, feature: Tensor) -> Picture:  # (width,)
        """A picture of what a feature is about; raises UsageError for one of another width."""
        if feature.shape != (self.feature_width,):
            message = f"a feature of the shape {tuple(feature.shape)} cannot be drawn"
            raise UsageError(message, repair=f"This pipeline draws features of the width {self.feature_width}.")
        noise, device = torch.Generator().manual_seed(self.settings.seed), self.pipeline.device
        vectors = feature.detach()[None].to(device, self.pipeline.dtype)  # (1, width)
        with quiet_diffusers(), drawing(Sampling(seed=self.settings.seed), device):
            (image,) = self.pipeline(
                image_embeds=vectors, num_inference_steps=self.settings.steps, generator=noise
            ).images
        return drawn_picture(np.asarray(image))


def load_feature_painter(source: str, settings: DrawingSettings | None = None) -> UnclipPainter:
    """Loads a Stable unCLIP from a folder or from the cache of the hub; nothing is fetched.

    Raises ToolMissing for what is missing, partial, of another kind or unsafe.
    """
    require("torch", "transformers", "diffusers")
    pipeline = load_pipeline(find_pipeline(source, (STABLE_UNCLIP,)))
    return UnclipPainter(pipeline, settings or DrawingSettings(steps=_STEPS))
