"""Loads a MIM from the one folder that it was saved in, and refuses what is damaged, foreign or unsafe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from transformers import Blip2QFormerConfig, Blip2VisionConfig, LlamaConfig, PreTrainedTokenizerFast

from reference_models.mim.model import Mim
from reference_models.mim.network import MimNetwork
from reference_models.mim.saving import CONFIG_FILE, MIM
from reference_models.training.descriptions import loading_errors, refuse_other_model
from reference_models.training.pictures import PictureScaler
from reference_models.training.safe_weights import WEIGHTS_FILE, fill_network, read_weights, refuse_pickles
from vlitqa.backends.model_files import folder_named, read_json_object, refuse_partial_model
from vlitqa.errors import ToolMissing, UsageError

_REPAIR = "Name another folder, or save the model again."


def load_mim(source: str) -> Mim:
    """Loads what was saved here, from its folder or as a model that comes with vlitqa."""
    folder = folder_named(source) or Path(source)
    if not folder.is_dir():
        raise ToolMissing(f"{source} is no folder", repair="Name the folder of a tuned MIM, or a preset.")
    description = refuse_other_model(folder, MIM)
    config = read_json_object(folder / CONFIG_FILE) if (folder / CONFIG_FILE).is_file() else {}
    if description is None or config.get("model_type") != MIM:
        raise UsageError(f"{folder} holds no {MIM} that was saved here", repair="Name a folder that was tuned here.")
    refuse_pickles(folder)
    refuse_partial_model(folder, _REPAIR)
    with loading_errors(str(folder)):
        network = _network_of(config)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
        scaler = msgspec.convert(config["pictures"], PictureScaler)
    fill_network(network, read_weights(folder / WEIGHTS_FILE), folder)
    return Mim(
        network=network.eval(),
        tokenizer=tokenizer,
        scaler=scaler,
        template_name=description.settings.get("template", "llama_2"),
    )


def _network_of(config: Mapping[str, Any]) -> MimNetwork:
    return MimNetwork(
        Blip2VisionConfig.from_dict(config["vision"]),
        Blip2QFormerConfig.from_dict(config["qformer"]),
        LlamaConfig.from_dict(config["text"]),
        queries=config["queries"],
    )
