"""The stages of the tuning of ImageBind-LLM: the names of what is trained in each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from vlitqa.contracts.models import TuningStage

ALIGNMENT, TUNING = "alignment", "tuning"
STAGES: Mapping[str, TuningStage] = MappingProxyType(
    {
        ALIGNMENT: TuningStage(ALIGNMENT, "The bind network and the gates learn to bring features into the Llama."),
        TUNING: TuningStage(TUNING, "Low-rank matrices, biases and norms of the Llama learn to answer."),
    }
)
_TRAINED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        ALIGNMENT: re.compile(r"bind_network\.|injection\."),
        TUNING: re.compile(r"language_model\..*(?:\.lora_[ab]|norm\.weight|(?<!\.[kv]_proj)\.bias)$"),
    }
)
"""A bias of keys or values is none of the published parameters; values with one would also change what is injected."""


def is_trained(stage: str, name: str) -> bool:
    """True for the name of a parameter of `BoundLanguageModel` that a stage trains."""
    return _TRAINED[stage].match(name) is not None


def trained_names(stage: str, names: Iterable[str]) -> list[str]:
    """The names of the parameters that a stage trains, in their order."""
    return [name for name in names if is_trained(stage, name)]
