"""What the folder of an OpenFlamingo says of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from transformers import PreTrainedTokenizerBase

from reference_models.openflamingo.assembly import FlamingoConfig
from reference_models.openflamingo.network import FlamingoNetwork
from reference_models.training.descriptions import ModelDescription
from reference_models.training.model_folder import write_model_folder

KIND = "openflamingo"


def save_parts(
    folder: Path, config: FlamingoConfig, network: FlamingoNetwork, tokenizer: PreTrainedTokenizerBase
) -> None:
    """Writes one folder: what it is made of, its weights and its tokenizer."""
    write_model_folder(folder, ModelDescription(KIND), msgspec.to_builtins(config), network, tokenizer)
