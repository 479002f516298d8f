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
from reference_models.imagebind_llm.text_files import CLIP_VOCABULARY, read_text_tokens
from reference_models.imagebind_llm.thermal_pictures import read_thermal_picture
from reference_models.training.pictures import PictureScaler
from vlitqa.contracts.conversations import BoundFile
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
    "text": MediaReader("text", lambda path, shape, _scaler: read_text_tokens(path, shape.context_length)),
    "video": MediaReader("vision", lambda path, _shape, scaler: read_film_clips(path, scaler)),
}
"""By the name that a user gives a kind of files; a picture is read by `ImageBindLlm.pixels`."""


def readable_modalities(shape: ImageBindShape) -> tuple[str, ...]:
    """The kinds of files, beside pictures, that have an encoder and a reader; an encoder of texts must know CLIP's."""
    names = [name for name, reader in READERS.items() if reader.modality in shape.modalities]
    return tuple(name for name in names if name != "text" or shape.vocabulary_size == CLIP_VOCABULARY)


@torch.no_grad()
def bind_file(network: ImageBindNetwork, scaler: PictureScaler, name: str, path: Path) -> BoundFile:
    """Encodes a file of a kind; raises UsageError for one without a reader or an encoder.

    What points are drawn by is several times longer than others, and is divided as in the published code.
    """
    names = readable_modalities(network.encoder_shape)
    if name not in names:
        repair = f"Choose from {', '.join(names) or 'pictures alone'}."
        raise UsageError(f"this model reads no files of the modality {name!r}", repair=repair)
    reader, device = READERS[name], next(network.encoders.parameters()).device
    inputs = reader.read(path, network.encoder_shape, scaler)[None].to(device)
    (feature,), (projection,) = network.encoders.embed_and_project(reader.modality, inputs)
    return BoundFile(feature, projection / _POINT_DIVISOR if reader.modality == "point" else projection)
