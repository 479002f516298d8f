"""Draws descriptions with Stable Diffusion; the same words give the same picture, whatever was drawn before.

As in the published code each picture begins with the noise of one seed, and Stable Diffusion XL leaves the last steps
to its refiner, where there is one. The noise comes from a generator on the CPU, so that it is the same on all devices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from reference_models.mim.conditioning import Conditioning, conditioning_shape
from reference_models.mim.pipeline import Pipeline
from reference_models.mim.pipeline_folder import (
    REFINER,
    STABLE_DIFFUSION,
    STABLE_DIFFUSION_XL,
    find_pipeline,
)
from reference_models.mim.pipeline_loading import load_pipeline, quiet_diffusers
from reference_models.mim.png import drawn_picture
from reference_models.training.sampling import drawing
from vlitqa.backends.model_files import require
from vlitqa.contracts.models import Sampling
from vlitqa.contracts.tools import Picture
from vlitqa.errors import UsageError


@dataclass(frozen=True, slots=True)
class DrawingSettings:
    """How noise becomes a picture; by default as in the published code of MIM."""

    steps: int = 40
    split: float = 0.8
    """The share of the steps behind which the refiner goes on, where there is one."""
    seed: int = 42
    guidance: float | None = None
    """By how much the words count; None for what is usual with the kind of a pipeline, and 1 for no more than once."""

    def __post_init__(self) -> None:
        if self.steps < 1 or not 0 < self.split < 1:
            message = f"a picture cannot be drawn in {self.steps} steps that are split at {self.split}"
            raise UsageError(message, repair="Ask for 1 step or more, and for a split between 0 and 1.")


_NANO_PAINTER, NANO_SETTINGS = "vlitqa/nano-painter", DrawingSettings(steps=10, guidance=1)
"""The painter that comes with vlitqa, and how it draws: no caption was left out of its training, so that there is
nothing that words could count more than."""


@dataclass(frozen=True, slots=True, eq=False)
class DiffusionPainter:
    """A painter with a pipeline of Stable Diffusion, and perhaps the refiner of Stable Diffusion XL."""

    pipeline: Pipeline
    refiner: Pipeline | None = None
    settings: DrawingSettings = field(default_factory=DrawingSettings)

    def paint(self, description: str) -> Picture:
        """A picture of what is described; the same for the same words.

        It is black where the pipeline has a safety checker that objects to it.
        """
        return self._draw({"prompt": description}, {"prompt": description})

    def paint_conditioning(self, conditioning: Conditioning) -> Picture:
        """A picture of the conditioning that stands in place of words; raises UsageError for one that does not fit.

        The refiner reads the part that comes from the second text encoder, which is its only one.
        """
        expected = conditioning_shape(self.pipeline)
        if len(conditioning.tokens) != 1 or conditioning.shape != expected:
            raise UsageError(
                f"a conditioning of {len(conditioning.tokens)} pictures and {conditioning.shape} does not fit",
                repair=f"This pipeline draws one picture by {expected}.",
            )
        width = conditioning_shape(self.refiner).width if self.refiner else expected.width
        of_refiner = Conditioning(conditioning.tokens[..., -width:], conditioning.pooled)
        return self._draw(self._arguments(conditioning), self._arguments(of_refiner))

    def _arguments(self, conditioning: Conditioning) -> dict[str, Any]:
        tokens = conditioning.tokens.detach().to(self.pipeline.device, self.pipeline.dtype)  # (1, tokens, width)
        if conditioning.pooled is None:
            return {"prompt_embeds": tokens}
        return {"prompt_embeds": tokens, "pooled_prompt_embeds": conditioning.pooled.detach().to(tokens)}

    def _draw(self, words: dict[str, Any], words_of_refiner: dict[str, Any]) -> Picture:
        settings = self.settings
        noise = torch.Generator().manual_seed(settings.seed)
        guidance = {} if settings.guidance is None else {"guidance_scale": settings.guidance}
        steps: dict[str, Any] = {"num_inference_steps": settings.steps, "generator": noise, **guidance}
        device = self.pipeline.device
        with quiet_diffusers(), drawing(Sampling(seed=settings.seed), device):  # global generators stay as they are
            if self.refiner is None:
                (image,) = self.pipeline(**words, **steps).images
            else:
                latents = self.pipeline(**words, **steps, denoising_end=settings.split, output_type="latent").images
                (image,) = self.refiner(
                    **words_of_refiner, **steps, image=latents, denoising_start=settings.split
                ).images
        return drawn_picture(np.asarray(image))


def load_painter(source: str, refiner: str | None = None, settings: DrawingSettings | None = None) -> DiffusionPainter:
    """Loads a pipeline and perhaps a refiner, each from a folder or from the cache of the hub; nothing is fetched.

    `nano` is the painter of the shapes world, which comes with vlitqa.

    Raises ToolMissing for what is missing, partial or unsafe, and UsageError for a refiner of another model.
    """
    require("torch", "transformers", "diffusers")
    if source == "nano":
        source, settings = _NANO_PAINTER, settings or NANO_SETTINGS
    folder = find_pipeline(source, (STABLE_DIFFUSION_XL, STABLE_DIFFUSION))
    if refiner and folder.kind != STABLE_DIFFUSION_XL:
        raise UsageError(f"{source} is no Stable Diffusion XL and has no refiner", repair="Leave the refiner out.")
    folder_of_refiner = find_pipeline(refiner, (REFINER,)) if refiner else None
    pipeline = load_pipeline(folder)
    return DiffusionPainter(
        pipeline, load_pipeline(folder_of_refiner) if folder_of_refiner else None, settings or DrawingSettings()
    )
