"""Loads an ImageBind-LLM from the one folder that it was saved in, and refuses what is damaged, foreign or unsafe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from transformers import LlamaConfig, PreTrainedTokenizerFast

from reference_models.imagebind_llm.encoder_shapes import ImageBindShape
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.network import BindShape, ImageBindNetwork
from reference_models.imagebind_llm.saving import IMAGEBIND_LLM
from reference_models.training.descriptions import loading_errors
from reference_models.training.model_folder import find_model_folder
from reference_models.training.pictures import PictureScaler
from reference_models.training.safe_weights import WEIGHTS_FILE, fill_network, read_weights


def load_imagebind_llm(source: str) -> ImageBindLlm:
    """Loads what was saved here, from its folder or as a model that comes with vlitqa."""
    folder = find_model_folder(source, IMAGEBIND_LLM)
    with loading_errors(str(folder.path)):
        network = _network_of(folder.config)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder.path, local_files_only=True)
        scaler = msgspec.convert(folder.config["pictures"], PictureScaler)
    fill_network(network, read_weights(folder.path / WEIGHTS_FILE), folder.path)
    return ImageBindLlm(
        network=network.eval(),
        tokenizer=tokenizer,
        scaler=scaler,
        template_name=folder.settings.get("template", "alpaca"),
    )


def _network_of(config: Mapping[str, Any]) -> ImageBindNetwork:
    return ImageBindNetwork(
        msgspec.convert(config["encoders"], ImageBindShape),
        LlamaConfig.from_dict(config["text"]),
        msgspec.convert(config["bind"], BindShape),
    )
