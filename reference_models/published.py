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
    "mim": ("SihengLi/TextBind", "Salesforce/blip2-flan-t5-xxl", "meta-llama/Llama-2-7b-chat-hf"),
    "imagebind_llm": ("~/imagebind_llm/trained", "~/imagebind_llm/llama", "~/imagebind_llm/encoders"),
}
"""By model: the checkpoints that make its preset `paper`: names of the hub, or folders that a user fills."""
PART_FILES: Mapping[str, tuple[str, ...]] = {
    "SihengLi/TextBind": ("second_stage_model.pt",),
    "Salesforce/blip2-flan-t5-xxl": ("config.json", "model.safetensors.index.json"),
    "meta-llama/Llama-2-7b-chat-hf": ("config.json", "tokenizer.json", "tokenizer_config.json"),
}
"""By checkpoint: the files to fetch first, where not all of it is read."""
PARTS_BY_HAND: Mapping[str, str] = {
    "~/imagebind_llm/trained": "7B.pth of ImageBind-LLM",
    "~/imagebind_llm/llama": (
        "consolidated.00.pth and params.json of Open-Chinese-LLaMA 7B, and tokenizer.json and tokenizer_config.json of "
        "Llama 7B"
    ),
    "~/imagebind_llm/encoders": "imagebind_huge.pth of ImageBind, or imagebind_w3D.pth of Point-Bind",
}
"""By folder: what a user puts into it."""


def fetch_repair(source: str, *files: str) -> str:
    """What brings a checkpoint, or some of its files, onto this machine: a command of the hub, or work by hand."""
    if folder_named(source) is None:
        return f"hf download {shlex.join([source, *(files or PART_FILES.get(source, ()))])}"
    return f"Put {' and '.join(files) or PARTS_BY_HAND.get(source, 'its files')} into {source}."


@dataclass(frozen=True, slots=True)
class ModelSize:
    """The parameters of a model, and those of them that its stage `tuning` trains."""

    parameters: int
    trained: int


MODEL_SIZES: Mapping[str, ModelSize] = {
    "llava": ModelSize(7_063_427_072, 6_759_919_616),
    "blip2": ModelSize(3_744_679_936, 2_758_730_496),
    "openflamingo": ModelSize(2_560_000_000, 944_019_504),
    "mim": ModelSize(7_832_704_512, 6_846_752_256),
    "imagebind_llm": ModelSize(8_611_371_264, 41_340_928),
}
"""Of the preset `paper`; that of OpenFlamingo in all is rounded, because the vocabulary comes from a tokenizer."""
