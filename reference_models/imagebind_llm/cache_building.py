"""A visual cache built from all images below a folder, batch by batch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.visual_cache import Enhancement, VisualCache
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.contracts import Observer
from vlitqa.contracts.models import ReferenceModel
from vlitqa.errors import ImageFault, UsageError
from vlitqa.records import ImageRef

_IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
_BATCH = 32
"""The pictures that are held at once."""


@dataclass(slots=True)
class CachedFolder:
    """The images of a folder that go into a cache, and the reasons why others do not."""

    folder: Path
    names: Sequence[str]
    """Of the images, as paths from the folder."""
    left_out: dict[str, str] = field(default_factory=dict)
    """The reason by the name of an image or of a folder inside."""

    @classmethod
    def find(cls, folder: Path) -> CachedFolder:
        """Lists the images below a folder, in the order of their names; raises UsageError where there are none."""
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder.", repair="Name a folder of images.")
        left_out: dict[str, str] = {}

        def leave_out(error: OSError) -> None:
            left_out[os.path.relpath(error.filename, folder)] = error.strerror or "it cannot be listed"

        names = sorted(
            os.path.relpath(f"{place}/{name}", folder)
            for place, _, files in os.walk(folder, onerror=leave_out)
            for name in files
            if name.lower().endswith(_IMAGE_ENDINGS)
        )
        if not names:
            endings = ", ".join(_IMAGE_ENDINGS)
            reasons = "".join(f" {name} is left out: {reason}." for name, reason in left_out.items())
            message = f"{folder} holds no image.{reasons}"
            raise UsageError(message, repair=f"Name a folder below which files end in {endings}.")
        return cls(folder, names, left_out)

    def build(self, model: ReferenceModel, observe: Observer) -> VisualCache:
        """Embeds the images; raises UsageError for a model without the encoders, and for too few sound images."""
        if not isinstance(model, ImageBindLlm):
            raise UsageError(f"{model.name} has no visual cache.", repair="Choose imagebind_llm, or a tuning of it.")
        cache = VisualCache(self._embed(model, observe), model.network.encoder_shape.embedding)
        needed = Enhancement().nearest
        if len(cache) < needed:
            reasons = "".join(f" {name} is left out: {reason}." for name, reason in list(self.left_out.items())[:3])
            raise UsageError(
                f"{self.folder} holds {len(cache)} sound images, and a visual cache needs {needed}.{reasons}",
                repair="Name a folder with more images.",
            )
        return cache

    @torch.no_grad()
    def _embed(self, model: ImageBindLlm, observe: Observer) -> Iterator[NDArray[np.float32]]:
        """The embeddings of the images that can be opened, a batch at a time.  # (images of the batch, width)"""
        images, device = ImageFolder((str(self.folder),)), next(model.module.parameters()).device
        embedded = 0
        for first in range(0, len(self.names), _BATCH):
            names = self.names[first : first + _BATCH]
            pixels = []  # (3, side, side) of an image
            for name in names:
                try:
                    pixels.append(model.pixels(images.look(ImageRef(name), model.picture_side)))
                except ImageFault as fault:
                    self.left_out[name] = fault.reason
            if pixels:
                embeddings = model.network.encoders.embed("vision", torch.stack(pixels).to(device))
                # (images of the batch, width)
                yield embeddings.float().cpu().numpy()
            embedded += len(pixels)
            observe(embedded, len(self.left_out), (first + len(names)) / len(self.names))
