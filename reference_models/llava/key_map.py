"""Names of LLaVA's weights: in the original's files, and in those of transformers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

_TO_TRANSFORMERS = (
    (r"^model\.mm_projector\.0\.", "model.multi_modal_projector.linear_1."),
    (r"^model\.mm_projector\.2\.", "model.multi_modal_projector.linear_2."),
    (r"^model\.mm_projector\.(weight|bias)$", r"model.multi_modal_projector.linear.\1"),
    (r"^model\.vision_tower\.vision_tower\.(?:vision_model\.)?", "model.vision_tower."),
    (r"^model\.(?=embed_tokens|layers|norm)", "model.language_model."),
)
_TO_ORIGINAL = (
    (r"^model\.multi_modal_projector\.linear_1\.", "model.mm_projector.0."),
    (r"^model\.multi_modal_projector\.linear_2\.", "model.mm_projector.2."),
    (r"^model\.multi_modal_projector\.linear\.", "model.mm_projector."),
    (r"^model\.vision_tower\.", "model.vision_tower.vision_tower.vision_model."),
    (r"^model\.language_model\.", "model."),
)


def to_transformers(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of the original under the names that the parameters have here."""
    return {_renamed(name, _TO_TRANSFORMERS): weight for name, weight in weights.items()}


def to_original(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights under the names of the original."""
    return {_renamed(name, _TO_ORIGINAL): weight for name, weight in weights.items()}


def _renamed(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    for pattern, replacement in rules:
        renamed, count = re.subn(pattern, replacement, name)
        if count:
            return renamed
    return name
