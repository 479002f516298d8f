"""Files of all modalities, as their encoders take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from reference_models.imagebind_llm.audio_clips import read_audio_clips
from reference_models.imagebind_llm.depth_maps import read_depth_map
from reference_models.imagebind_llm.encoder_shapes import ImageBindShape, Modality
from reference_models.imagebind_llm.encoders import ImageBindEncoders
from reference_models.imagebind_llm.point_clouds import read_point_cloud
from vlitqa.errors import UsageError

_POINT_SEED = 0
READERS: Mapping[Modality, Callable[[Path, ImageBindShape], Tensor]] = {
    "audio": lambda path, _shape: read_audio_clips(path),
    "depth": lambda path, shape: read_depth_map(path, side=shape.side),
    "point": lambda path, _shape: read_point_cloud(path, seed=_POINT_SEED),
}
"""By modality: what reads a file of it; a picture is read by `ImageBindLlm.pixels`."""


def readable_modalities(shape: ImageBindShape) -> tuple[Modality, ...]:
    """The modalities, beside pictures, that have an encoder and a reader of files."""
    return tuple(modality for modality in shape.modalities if modality in READERS)


@torch.no_grad()
def embed_file(encoders: ImageBindEncoders, shape: ImageBindShape, name: str, path: Path) -> Tensor:
    """The embedding of a file of a modality; raises UsageError for one without a reader or an encoder.

    # (embedding,)
    """
    modality = next((modality for modality in readable_modalities(shape) if modality == name), None)
    if modality is None:
        names = ", ".join(readable_modalities(shape)) or "pictures alone"
        raise UsageError(f"this model reads no files of the modality {name!r}", repair=f"Choose from {names}.")
    device = next(encoders.parameters()).device
    embedding: Tensor = encoders.embed(modality, READERS[modality](path, shape)[None].to(device))[0]  # (embedding,)
    return embedding
