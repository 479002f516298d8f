"""The sizes of the encoders of ImageBind and Point-Bind: those published as huge, of the shapes world, and tiny."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Modality = Literal["vision", "text", "audio", "depth", "thermal", "imu", "point"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)


@dataclass(frozen=True, slots=True)
class TrunkShape:
    """The sizes of the transformer of one modality."""

    width: int
    layers: int
    heads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointShape:
    """The sizes of the encoder of points; those of Point-Bind by default."""

    trunk: TrunkShape = TrunkShape(384, 12, 6)
    groups: int = 512
    """The points that are drawn as centres: each becomes a token."""
    group_size: int = 32
    """The nearest points around a centre, itself among them."""
    group_channels: int = 128
    """The first convolution over the points of a group; later ones have twice and four times as many channels."""
    group_width: int = 256
    projection: int = 512
    """The width between the trunk and the head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBindShape:
    """The sizes of all encoders; of those that a checkpoint varies not, the published ones by default."""

    embedding: int
    """The width of the space that all modalities share."""
    vision: TrunkShape
    text: TrunkShape | None = None
    """None, as for all that follow, for encoders without this modality."""
    audio: TrunkShape | None = None
    depth: TrunkShape | None = None
    thermal: TrunkShape | None = None
    imu: TrunkShape | None = None
    side: int = 224
    """The height and the width of pictures, depth maps and thermal pictures."""
    vision_patch: int = 14
    depth_patch: int = 16
    """The side of the patches of depth maps and thermal pictures."""
    vocabulary_size: int = 49408
    context_length: int = 77
    mel_bins: int = 128
    mel_frames: int = 204
    audio_patch: int = 16
    audio_stride: int = 10
    """Patches of a spectrogram overlap."""
    imu_steps: int = 2000
    imu_patch: int = 8
    points: PointShape | None = None
    """None for ImageBind without Point-Bind."""

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Those that have an encoder."""
        trunks = {
            "vision": self.vision,
            "text": self.text,
            "audio": self.audio,
            "depth": self.depth,
            "thermal": self.thermal,
            "imu": self.imu,
            "point": self.points,
        }
        return tuple(modality for modality in MODALITIES if trunks[modality])


IMAGEBIND_HUGE = ImageBindShape(
    embedding=1024,
    vision=TrunkShape(1280, 32, 16),
    text=TrunkShape(1024, 24, 16),
    audio=TrunkShape(768, 12, 12),
    depth=TrunkShape(384, 12, 8),
    thermal=TrunkShape(768, 12, 12),
    imu=TrunkShape(512, 6, 8),
    points=PointShape(),
)
"""The published encoders: those of `imagebind_huge` with the points of `imagebind_w3D`."""

IMAGEBIND_NANO = ImageBindShape(
    embedding=128,
    vision=TrunkShape(128, 4, 4),
    audio=TrunkShape(128, 3, 4),
    depth=TrunkShape(128, 3, 4),
    side=64,
    vision_patch=8,
    depth_patch=8,
    audio_stride=16,
)
"""The encoders of the shapes world: they see, hear tones, and see depth."""

IMAGEBIND_TINY = ImageBindShape(
    embedding=16,
    vision=TrunkShape(32, 2, 4),
    text=TrunkShape(32, 2, 4),
    audio=TrunkShape(32, 2, 4),
    depth=TrunkShape(16, 2, 2),
    thermal=TrunkShape(32, 2, 4),
    imu=TrunkShape(16, 2, 2),
    side=32,
    vision_patch=8,
    vocabulary_size=512,
    context_length=32,
    imu_steps=64,
    points=PointShape(
        trunk=TrunkShape(24, 2, 2), groups=16, group_size=8, group_channels=8, group_width=16, projection=32
    ),
)
"""Encoders that a processor runs in milliseconds; spectrograms keep their size."""
