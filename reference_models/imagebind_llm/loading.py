"""Loads an ImageBind-LLM from the one folder that it was saved in, and refuses what is damaged, foreign or unsafe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from transformers import LlamaConfig, PreTrainedTokenizerFast

from reference_models.imagebind_llm.encoder_shapes import ImageBindShape
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.network import BindShape, ImageBindNetwork
from reference_models.imagebind_llm.saving import CONFIG_FILE, IMAGEBIND_LLM
from reference_models.training.descriptions import loading_errors, refuse_other_model
from reference_models.training.pictures import PictureScaler
from reference_models.training.safe_weights import WEIGHTS_FILE, fill_network, read_weights, refuse_pickles
from vlitqa.backends.model_files import folder_named, read_json_object, refuse_partial_model
from vlitqa.errors import ToolMissing, UsageError

_REPAIR = "Name another folder, or save the model again."


def load_imagebind_llm(source: str) -> ImageBindLlm:
    """Loads what was saved here, from its folder or as a model that comes with vlitqa."""
    folder = folder_named(source) or Path(source)
    if not folder.is_dir():
        raise ToolMissing(f"{source} is no folder", repair="Name the folder of a tuned ImageBind-LLM, or a preset.")
    description = refuse_other_model(folder, IMAGEBIND_LLM)
    config = read_json_object(folder / CONFIG_FILE) if (folder / CONFIG_FILE).is_file() else {}
    if description is None or config.get("model_type") != IMAGEBIND_LLM:
        message = f"{folder} holds no {IMAGEBIND_LLM} that was saved here"
        raise UsageError(message, repair="Name a folder that was tuned here.")
    refuse_pickles(folder)
    refuse_partial_model(folder, _REPAIR)
    with loading_errors(str(folder)):
        network = _network_of(config)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
        scaler = msgspec.convert(config["pictures"], PictureScaler)
    fill_network(network, read_weights(folder / WEIGHTS_FILE), folder)
    return ImageBindLlm(
        network=network.eval(),
        tokenizer=tokenizer,
        scaler=scaler,
        template_name=description.settings.get("template", "alpaca"),
    )


def _network_of(config: Mapping[str, Any]) -> ImageBindNetwork:
    return ImageBindNetwork(
        msgspec.convert(config["encoders"], ImageBindShape),
        LlamaConfig.from_dict(config["text"]),
        msgspec.convert(config["bind"], BindShape),
    )
