"""The published checkpoints of the reference models: their names in the hub, and how large they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PARTS: Mapping[str, tuple[str, ...]] = {
    "llava": ("llava-hf/llava-1.5-7b-hf",),
    "blip2": ("Salesforce/blip2-opt-2.7b",),
    "openflamingo": (
        "openflamingo/OpenFlamingo-3B-vitl-mpt1b",
        "anas-awadalla/mpt-1b-redpajama-200b",
        "openai/clip-vit-large-patch14",
    ),
}
"""By model: the checkpoints that make its preset `paper`."""


@dataclass(frozen=True, slots=True)
class ModelSize:
    """The parameters of a model, and those of them that its stage `tuning` trains."""

    parameters: int
    trained: int


MODEL_SIZES: Mapping[str, ModelSize] = {
    "llava": ModelSize(7_063_427_072, 6_759_919_616),
    "blip2": ModelSize(3_744_679_936, 2_758_730_496),
    "openflamingo": ModelSize(2_560_000_000, 944_019_504),
}
"""Of the preset `paper`; that of OpenFlamingo in all is rounded, because the vocabulary comes from a tokenizer."""
