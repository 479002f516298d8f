"""Writes a MIM into one folder: what it is made of, its weights, its tokenizer, and the scaling of its pictures."""

from __future__ import annotations

from pathlib import Path

import msgspec
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerBase

from reference_models.mim.network import MimNetwork
from reference_models.training.descriptions import ModelDescription, write_description
from reference_models.training.pictures import PictureScaler
from reference_models.training.safe_weights import WEIGHTS_FILE
from vlitqa.storage.atomic import disk_errors, replacing

MIM = "mim"
CONFIG_FILE = "config.json"


def save_mim(
    folder: Path, network: MimNetwork, tokenizer: PreTrainedTokenizerBase, scaler: PictureScaler, template_name: str
) -> None:
    """Writes a folder; the file that says which kind of model it holds comes last."""
    config = {
        "model_type": MIM,
        "vision": network.vision_model.config.to_diff_dict(),
        "qformer": network.qformer.config.to_diff_dict(),
        "text": network.language_model.config.to_diff_dict(),
        "queries": network.queries,
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
        write_description(folder, ModelDescription(MIM, {"template": template_name}))
