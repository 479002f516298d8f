"""The published checkpoints of the reference models: their names in the hub, and how large they are."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from vlitqa.backends.model_files import folder_named

PARTS: Mapping[str, tuple[str, ...]] = {
    "llava": ("llava-hf/llava-1.5-7b-hf",),
    "blip2": ("Salesforce/blip2-opt-2.7b",),
    "openflamingo": (
        "openflamingo/OpenFlamingo-3B-vitl-mpt1b",
        "anas-awadalla/mpt-1b-redpajama-200b",
        "openai/clip-vit-large-patch14",
    ),
}
"""By model: the checkpoints that make its preset `paper`: names of the hub, or folders that a user fills."""


def fetch_repair(source: str, *files: str) -> str:
    """What brings a checkpoint, or some of its files, onto this machine: a command of the hub, or work by hand."""
    if folder_named(source) is None:
        return f"hf download {shlex.join([source, *files])}"
    return f"Put {' and '.join(files) or 'its files'} into {source}."


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
