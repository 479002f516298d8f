"""Loads a MIM from the one folder that it was saved in, and refuses what is damaged, foreign or unsafe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from transformers import Blip2QFormerConfig, Blip2VisionConfig, LlamaConfig, PreTrainedTokenizerFast

from reference_models.mim.conditioning import ConditioningShape
from reference_models.mim.mediums import Medium
from reference_models.mim.model import Mim
from reference_models.mim.network import MimNetwork
from reference_models.mim.saving import MIM
from reference_models.training.descriptions import loading_errors
from reference_models.training.model_folder import find_model_folder
from reference_models.training.pictures import PictureScaler
from reference_models.training.safe_weights import WEIGHTS_FILE, fill_network, read_weights


def load_mim(source: str) -> Mim:
    """Loads what was saved here, from its folder or as a model that comes with vlitqa."""
    folder = find_model_folder(source, MIM)
    with loading_errors(str(folder.path)):
        network = _network_of(folder.config)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder.path, local_files_only=True)
        scaler = msgspec.convert(folder.config["pictures"], PictureScaler)
    fill_network(network, read_weights(folder.path / WEIGHTS_FILE), folder.path)
    return Mim(
        network=network.eval(),
        tokenizer=tokenizer,
        scaler=scaler,
        template_name=folder.settings.get("template", "llama_2"),
        medium=cast(Medium, folder.settings.get("medium", "words")),
    )


def _network_of(config: Mapping[str, Any]) -> MimNetwork:
    return MimNetwork(
        Blip2VisionConfig.from_dict(config["vision"]),
        Blip2QFormerConfig.from_dict(config["qformer"]),
        LlamaConfig.from_dict(config["text"]),
        queries=config["queries"],
        conditioning=msgspec.convert(config["conditioning"], ConditioningShape) if "conditioning" in config else None,
    )
