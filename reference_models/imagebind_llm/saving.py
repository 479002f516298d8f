"""Writes an ImageBind-LLM into one folder: its shape, its weights, its tokenizer, and the scaling of its pictures."""

from __future__ import annotations

from pathlib import Path

import msgspec
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerBase

from reference_models.imagebind_llm.network import ImageBindNetwork
from reference_models.training.descriptions import ModelDescription, write_description
from reference_models.training.pictures import PictureScaler
from reference_models.training.safe_weights import WEIGHTS_FILE
from vlitqa.storage.atomic import disk_errors, replacing

IMAGEBIND_LLM = "imagebind_llm"
CONFIG_FILE = "config.json"


def save_imagebind_llm(
    folder: Path,
    network: ImageBindNetwork,
    tokenizer: PreTrainedTokenizerBase,
    scaler: PictureScaler,
    template_name: str,
) -> None:
    """Writes a folder; the file that says which kind of model it holds comes last."""
    config = {
        "model_type": IMAGEBIND_LLM,
        "encoders": msgspec.to_builtins(network.encoder_shape),
        "text": network.language_model.config.to_diff_dict(),
        "bind": msgspec.to_builtins(network.bind_shape),
        "pictures": msgspec.to_builtins(scaler),
    }
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        weights = {name: weight.detach().contiguous().cpu() for name, weight in network.state_dict().items()}
        with replacing(folder / WEIGHTS_FILE) as file:
            save_file(weights, file.name, metadata={"format": "pt"})
        with replacing(folder / CONFIG_FILE) as file:
            file.write(msgspec.json.format(msgspec.json.encode(config)) + b"\n")
        tokenizer.save_pretrained(folder)
        write_description(folder, ModelDescription(IMAGEBIND_LLM, {"template": template_name}))
