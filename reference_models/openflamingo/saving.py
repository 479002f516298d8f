"""Writes an OpenFlamingo into one folder: what it is made of, its weights and its tokenizer."""

from __future__ import annotations

from pathlib import Path

import msgspec
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerBase

from reference_models.openflamingo.assembly import FlamingoConfig
from reference_models.openflamingo.network import FlamingoNetwork
from reference_models.training.descriptions import ModelDescription, write_description
from reference_models.training.safe_weights import WEIGHTS_FILE
from vlitqa.storage.atomic import disk_errors, replacing

KIND = "openflamingo"
CONFIG_FILE = "config.json"


def save_parts(
    folder: Path, config: FlamingoConfig, network: FlamingoNetwork, tokenizer: PreTrainedTokenizerBase
) -> None:
    """Writes a folder; the file that says which kind of model it holds comes last."""
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        weights = {name: weight.detach().contiguous().cpu() for name, weight in network.state_dict().items()}
        with replacing(folder / WEIGHTS_FILE) as file:
            save_file(weights, file.name, metadata={"format": "pt"})
        encoded = msgspec.json.encode({"model_type": KIND, **msgspec.to_builtins(config)})
        with replacing(folder / CONFIG_FILE) as file:
            file.write(msgspec.json.format(encoded) + b"\n")
        tokenizer.save_pretrained(folder)
        write_description(folder, ModelDescription(KIND))
