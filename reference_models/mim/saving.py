"""What the folder of a MIM says of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from transformers import PreTrainedTokenizerBase

from reference_models.mim.network import MimNetwork
from reference_models.training.descriptions import ModelDescription
from reference_models.training.model_folder import write_model_folder
from reference_models.training.pictures import PictureScaler

MIM = "mim"


def save_mim(
    folder: Path,
    network: MimNetwork,
    tokenizer: PreTrainedTokenizerBase,
    scaler: PictureScaler,
    settings: Mapping[str, str],
) -> None:
    """Writes one folder: what it is made of, its weights, its tokenizer, and the scaling of its pictures."""
    config = {
        "vision": network.vision_model.config.to_diff_dict(),
        "qformer": network.qformer.config.to_diff_dict(),
        "text": network.language_model.config.to_diff_dict(),
        "queries": network.queries,
        "pictures": msgspec.to_builtins(scaler),
        **({"conditioning": msgspec.to_builtins(network.conditioner.shape)} if network.conditioner else {}),
    }
    write_model_folder(folder, ModelDescription(MIM, settings), config, network, tokenizer)
