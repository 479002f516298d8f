"""Loads a BLIP-2 with OPT from a folder or from the hub's cache, with weights named by transformers or by LAVIS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor
from transformers import Blip2Config, Blip2ForConditionalGeneration, Blip2Processor

from reference_models.blip2.key_map import is_lavis, lavis_to_transformers
from reference_models.blip2.model import IMAGE_TOKEN, Blip2
from reference_models.blip2.network import network_class
from reference_models.blip2.processor import blip2_scaler
from reference_models.published import PARTS
from reference_models.training.descriptions import loading_errors, refuse_other_model
from vlitqa.backends.model_files import model_folder, read_json_object, weights_in
from vlitqa.errors import ToolMissing

(PUBLISHED_BLIP2,) = PARTS["blip2"]
_HEAD = "language_model.lm_head.weight"
"""The same weights as the embeddings of tokens, so that a file may leave them out."""
_SAFE: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def load_blip2(source: str) -> Blip2:
    """Loads a BLIP-2 with its tokenizer; raises ToolMissing or UsageError where it is none, or not whole."""
    folder = model_folder(source)
    description = refuse_other_model(folder, "blip2")
    config = read_json_object(folder / "config.json")
    text_config = config.get("text_config")
    if config.get("model_type") != "blip-2" or dict(text_config or {}).get("model_type", "opt") != "opt":
        raise ToolMissing(f"{source} is no BLIP-2 with OPT", repair=f"Name a folder of one, or {PUBLISHED_BLIP2}.")
    settings: Mapping[str, str] = description.settings if description else {}
    with loading_errors(source):
        network = _load_network(folder, source)
        processor = Blip2Processor.from_pretrained(folder, **_SAFE)
    tokenizer = processor.tokenizer
    network.config.image_token_index = tokenizer.convert_tokens_to_ids(IMAGE_TOKEN)
    if len(tokenizer) > network.language_model.config.vocab_size:  # older files know no image token
        network.resize_token_embeddings(len(tokenizer))
    network.eval()  # type: ignore[no-untyped-call]
    return Blip2(
        network=network,
        tokenizer=tokenizer,
        scaler=blip2_scaler(processor),
        template_name=settings.get("template", "question"),
        tunes_language_model=settings.get("tunes", "all") == "all",
    )


def _load_network(folder: Path, source: str) -> Blip2ForConditionalGeneration:
    config = Blip2Config.from_pretrained(folder, **_SAFE)
    files = weights_in(folder)
    if is_lavis([name for file in files for name in _names_in(file)]):
        network = network_class(config)(config)
        missing, unknown = network.load_state_dict(lavis_to_transformers(_weights_in(files)), strict=False)
        missing = [name for name in missing if name != _HEAD]
    else:
        loaded = network_class(config).from_pretrained(
            folder, output_loading_info=True, use_safetensors=True, dtype=torch.float32, **_SAFE
        )
        network, info = cast(tuple[Blip2ForConditionalGeneration, Mapping[str, Any]], loaded)
        missing, unknown = sorted(info["missing_keys"]), sorted(info["unexpected_keys"])
    if missing or unknown:  # what is missing was drawn at random
        wrong = f"lack {missing[0]}" if missing else f"hold {unknown[0]}, for which its configuration has no place"
        raise ToolMissing(f"the weights of {source} {wrong}", repair="Fetch it again, or name another.")
    return network


def _names_in(file: Path) -> Iterator[str]:
    with safe_open(file, framework="pt") as weights:
        yield from weights.keys()


def _weights_in(files: Sequence[Path]) -> dict[str, Tensor]:
    return {name: weight for file in files for name, weight in load_file(file).items()}
