"""Loads a LLaVA from a folder of transformers, from one of the original code, or by its name in the hub's cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import load_file
from transformers import (
    AutoTokenizer,
    CLIPVisionConfig,
    CLIPVisionModel,
    LlamaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)

from reference_models.llava.configs import IMAGE_TOKEN, make_config, picture_side
from reference_models.llava.key_map import to_transformers
from reference_models.llava.model import ReferenceLlava
from reference_models.llava.processor import scaler_of
from reference_models.llava.projector import PROJECTORS
from reference_models.published import PARTS
from reference_models.training.descriptions import loading_errors, refuse_other_model
from reference_models.training.pictures import clip_scaler
from vlitqa.backends.model_files import model_folder, read_json_object, weights_in
from vlitqa.errors import ToolMissing

(PUBLISHED,) = PARTS["llava"]
_SAFE: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def load_llava(source: str) -> ReferenceLlava:
    """Loads a LLaVA with its tokenizer; raises ToolMissing or UsageError where it is none, or not whole."""
    folder = model_folder(source)
    description = refuse_other_model(folder, "llava")
    config = read_json_object(folder / "config.json")
    if "mm_vision_tower" in config:
        return _load_original(folder, config)
    if config.get("model_type") != "llava":
        raise ToolMissing(f"{source} is no LLaVA", repair=f"Name a folder of one, or {PUBLISHED}.")
    settings: Mapping[str, str] = description.settings if description else {}
    network_class = PROJECTORS[settings.get("projector", "mlp2x_gelu")]
    with loading_errors(source):
        load = cast(Callable[..., tuple[LlavaForConditionalGeneration, dict[str, Any]]], network_class.from_pretrained)
        network, info = load(folder, dtype=torch.float32, output_loading_info=True, use_safetensors=True, **_SAFE)
        processor = LlavaProcessor.from_pretrained(folder, **_SAFE)
    if info["missing_keys"]:  # transformers has drawn them at random
        raise ToolMissing(f"the weights of {source} lack {min(info['missing_keys'])}", repair="Fetch it again.")
    return ReferenceLlava(
        network=network,
        tokenizer=processor.tokenizer,
        scaler=scaler_of(processor),
        template_name=settings.get("template", "vicuna_v1"),
    )


def _load_original(folder: Path, config: Mapping[str, Any]) -> ReferenceLlava:
    """Loads the layout of the original code, whose tower often lies elsewhere."""
    tower_folder = model_folder(str(config["mm_vision_tower"]))
    tower_config = CLIPVisionConfig.from_pretrained(tower_folder, **_SAFE)
    tokenizer = AutoTokenizer.from_pretrained(folder, **_SAFE)
    tokenizer.add_special_tokens({"additional_special_tokens": [IMAGE_TOKEN]})
    text = LlamaConfig.from_pretrained(folder, **_SAFE)
    layer = config.get("mm_vision_select_layer", -2)
    network = PROJECTORS[config.get("mm_projector_type", "linear")](make_config(tower_config, text, tokenizer, layer))
    with loading_errors(str(folder)):
        weights = to_transformers(
            {name: weight for path in weights_in(folder) for name, weight in load_file(path).items()}
        )
        absent, unknown = network.load_state_dict(weights, strict=False)
        tower_is_absent = any(name.startswith("model.vision_tower.") for name in absent)
        if tower_is_absent:
            tower = CLIPVisionModel.from_pretrained(tower_folder, use_safetensors=True, **_SAFE)
            network.model.vision_tower.load_state_dict(tower.state_dict())
    lacking = [name for name in absent if not name.startswith("model.vision_tower.")]
    if lacking or unknown:
        wrong = f"lack {lacking[0]}" if lacking else f"hold {unknown[0]}, which no LLaVA has"
        raise ToolMissing(f"the weights of {folder} {wrong}", repair="Fetch it again, or name another.")
    network.resize_token_embeddings(max(len(tokenizer), text.vocab_size))
    return ReferenceLlava(
        network=network,
        tokenizer=tokenizer,
        scaler=clip_scaler(picture_side(tower_config), "pad" if config.get("image_aspect_ratio") == "pad" else "crop"),
        template_name="vicuna_v1",
    )
