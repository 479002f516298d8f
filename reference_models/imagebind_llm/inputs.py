"""Files of all modalities, as their encoders take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from reference_models.imagebind_llm.audio_clips import read_audio_clips
from reference_models.imagebind_llm.depth_maps import read_depth_map
from reference_models.imagebind_llm.encoder_shapes import ImageBindShape, Modality
from reference_models.imagebind_llm.film_clips import read_film_clips
from reference_models.imagebind_llm.motion_files import read_motion
from reference_models.imagebind_llm.network import ImageBindNetwork
from reference_models.imagebind_llm.point_clouds import read_point_cloud
from reference_models.imagebind_llm.thermal_pictures import read_thermal_picture
from reference_models.training.pictures import PictureScaler
from vlitqa.errors import UsageError

_POINT_SEED = 0
_POINT_DIVISOR = 5


@dataclass(frozen=True, slots=True)
class MediaReader:
    """What reads files of a kind, and the encoder that takes what was read."""

    modality: Modality
    read: Callable[[Path, ImageBindShape, PictureScaler], Tensor]


READERS: Mapping[str, MediaReader] = {
    "audio": MediaReader("audio", lambda path, _shape, _scaler: read_audio_clips(path)),
    "depth": MediaReader("depth", lambda path, shape, _scaler: read_depth_map(path, side=shape.side)),
    "thermal": MediaReader("thermal", lambda path, shape, _scaler: read_thermal_picture(path, side=shape.side)),
    "imu": MediaReader("imu", lambda path, shape, _scaler: read_motion(path, steps=shape.imu_steps)),
    "point": MediaReader("point", lambda path, _shape, _scaler: read_point_cloud(path, seed=_POINT_SEED)),
    "video": MediaReader("vision", lambda path, _shape, scaler: read_film_clips(path, scaler)),
}
"""By the name that a user gives a kind of files; a picture is read by `ImageBindLlm.pixels`."""


def readable_modalities(shape: ImageBindShape) -> tuple[str, ...]:
    """The kinds of files, beside pictures, that have an encoder and a reader."""
    return tuple(name for name, reader in READERS.items() if reader.modality in shape.modalities)


@torch.no_grad()
def embed_file(network: ImageBindNetwork, scaler: PictureScaler, name: str, path: Path) -> Tensor:
    """The embedding of a file of a kind; raises UsageError for one without a reader or an encoder.

    # (embedding,)
    """
    modality, inputs = _read_file(network, scaler, name, path)
    embedding: Tensor = network.encoders.embed(modality, inputs)[0]  # (embedding,)
    return embedding


@torch.no_grad()
def project_file(network: ImageBindNetwork, scaler: PictureScaler, name: str, path: Path) -> Tensor:
    """The output of the head for a file of a kind, by which it can be drawn; raises UsageError as `embed_file` does.

    Those of points are several times longer than others, and are divided as in the published code.  # (embedding,)
    """
    modality, inputs = _read_file(network, scaler, name, path)
    projection: Tensor = network.encoders.project(modality, inputs)[0]  # (embedding,)
    return projection / _POINT_DIVISOR if modality == "point" else projection


def _read_file(network: ImageBindNetwork, scaler: PictureScaler, name: str, path: Path) -> tuple[Modality, Tensor]:
    """The modality of a file, and it as its encoder takes it, as the only sample."""
    names = readable_modalities(network.encoder_shape)
    if name not in names:
        repair = f"Choose from {', '.join(names) or 'pictures alone'}."
        raise UsageError(f"this model reads no files of the modality {name!r}", repair=repair)
    reader, device = READERS[name], next(network.encoders.parameters()).device
    return reader.modality, reader.read(path, network.encoder_shape, scaler)[None].to(device)
