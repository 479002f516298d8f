"""The one folder of a model whose network is ours: its configuration, weights, tokenizer, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from safetensors.torch import save_file
from torch.nn import Module
from transformers import PreTrainedTokenizerBase

from reference_models.training.descriptions import ModelDescription, refuse_other_model, write_description
from reference_models.training.safe_weights import WEIGHTS_FILE, refuse_pickles, weights_under_two_names
from vlitqa.backends.model_files import folder_named, read_json_object, refuse_partial_model
from vlitqa.errors import ToolMissing, UsageError
from vlitqa.storage.atomic import disk_errors, replacing

CONFIG_FILE = "config.json"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that holds a whole model of the kind that was asked for."""

    path: Path
    config: Mapping[str, Any]
    settings: Mapping[str, str]


def write_model_folder(
    folder: Path,
    description: ModelDescription,
    config: Mapping[str, Any],
    network: Module,
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    """Writes a folder; the file that says which kind of model it holds comes last."""
    encoded = msgspec.json.encode({"model_type": description.model, **config})
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        repeated = weights_under_two_names(network)
        state = {name: weight for name, weight in network.state_dict().items() if name not in repeated}
        weights = {name: weight.detach().contiguous().cpu() for name, weight in state.items()}
        with replacing(folder / WEIGHTS_FILE) as file:
            save_file(weights, file.name, metadata={"format": "pt"})
        with replacing(folder / CONFIG_FILE) as file:
            file.write(msgspec.json.format(encoded) + b"\n")
        tokenizer.save_pretrained(folder)
        write_description(folder, description)


def find_model_folder(source: str, kind: str) -> ModelFolder:
    """Finds a folder, or a model that comes with vlitqa; refuses what is of another kind, partial or unsafe."""
    folder = folder_named(source) or Path(source)
    if not folder.is_dir():
        raise ToolMissing(f"{source} is no folder", repair=f"Name the folder of a tuned {kind}, or a preset.")
    description = refuse_other_model(folder, kind)
    config = read_json_object(folder / CONFIG_FILE) if (folder / CONFIG_FILE).is_file() else {}
    if description is None or config.get("model_type") != kind:
        raise UsageError(f"{folder} holds no {kind} that was saved here", repair="Name a folder that was tuned here.")
    refuse_pickles(folder)
    refuse_partial_model(folder, "Name another folder, or save the model again.")
    return ModelFolder(folder, config, description.settings)
