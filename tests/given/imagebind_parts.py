"""Encoders of ImageBind as small as the original code can be built, and inputs of every modality for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from reference_models.imagebind_llm.encoder_shapes import ImageBindShape, PointShape, TrunkShape
from reference_models.imagebind_llm.encoders import ImageBindEncoders
from tests.given.named_weights import draw_input, fill_by_name

POINT_SEED = 5
SMALL = ImageBindShape(
    embedding=16,
    vision=TrunkShape(32, 2, 4),
    text=TrunkShape(16, 2, 2),
    audio=TrunkShape(24, 2, 3),
    depth=TrunkShape(16, 2, 2),
    thermal=TrunkShape(24, 2, 4),
    imu=TrunkShape(16, 2, 2),
    vision_patch=56,
    depth_patch=56,
    points=PointShape(trunk=TrunkShape(24, 2, 2), groups=16, group_size=8, group_width=32),
)
"""The original fixes the sides of pictures, the vocabulary, the steps of motion and the widths of point groups."""
_END_OF_TEXT = 49407


def small_encoders() -> ImageBindEncoders:
    """The encoders with weights that their names draw."""
    encoders = ImageBindEncoders(SMALL)
    fill_by_name(encoders)
    return encoders


def texts() -> Tensor:
    """Two texts of tokens, of which the second is shorter.  # (2, 77)"""
    token_ids = torch.zeros(2, 77, dtype=torch.long)  # (2, 77)
    for row, length in enumerate((9, 5)):
        token_ids[row, :length] = torch.arange(length).square() * 97 + 400 * row + 7
        token_ids[row, length] = _END_OF_TEXT
    return token_ids


SAMPLES: Mapping[str, Callable[[], Tensor]] = {
    "vision": lambda: draw_input("pictures", 2, 3, 224, 224),
    "vision-films": lambda: draw_input("films", 2, 3, 3, 2, 224, 224),
    "text": texts,
    "audio": lambda: draw_input("spectrograms", 2, 3, 1, 128, 204),
    "depth": lambda: draw_input("disparities", 2, 1, 224, 224),
    "thermal": lambda: draw_input("warmth", 2, 1, 224, 224),
    "imu": lambda: draw_input("motion", 2, 6, 2000),
    "point": lambda: draw_input("points", 2, 300, 3) * 0.4,
}
"""Two samples of each modality; of films and spectrograms three clips each."""
