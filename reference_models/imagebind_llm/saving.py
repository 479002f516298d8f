"""What the folder of an ImageBind-LLM says of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from transformers import PreTrainedTokenizerBase

from reference_models.imagebind_llm.network import ImageBindNetwork
from reference_models.training.descriptions import ModelDescription
from reference_models.training.model_folder import write_model_folder
from reference_models.training.pictures import PictureScaler

IMAGEBIND_LLM = "imagebind_llm"


def save_imagebind_llm(
    folder: Path,
    network: ImageBindNetwork,
    tokenizer: PreTrainedTokenizerBase,
    scaler: PictureScaler,
    template_name: str,
) -> None:
    """Writes one folder: its shape, its weights, its tokenizer, and the scaling of its pictures."""
    config = {
        "encoders": msgspec.to_builtins(network.encoder_shape),
        "text": network.language_model.config.to_diff_dict(),
        "bind": msgspec.to_builtins(network.bind_shape),
        "pictures": msgspec.to_builtins(scaler),
    }
    write_model_folder(folder, ModelDescription(IMAGEBIND_LLM, {"template": template_name}), config, network, tokenizer)
