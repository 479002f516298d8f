"""Loads the published MIM: what TextBind's authors trained, over the tower of BLIP-2, with the tokenizer of Llama 2.

`second_stage_model.pt` of SihengLi/TextBind is a pickle; the error says the command that makes `model.safetensors` of
it. Of BLIP-2 only the files with its tower are needed, and of Llama 2 none with weights: what was trained holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from transformers import Blip2QFormerConfig, Blip2VisionConfig, LlamaConfig, PreTrainedTokenizerFast
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from reference_models.mim.model import Mim
from reference_models.mim.network import MimNetwork
from reference_models.mim.reader import END, IMAGE, START
from reference_models.published import PARTS
from reference_models.training.descriptions import loading_errors
from reference_models.training.model_folder import CONFIG_FILE
from reference_models.training.pictures import clip_scaler
from reference_models.training.published_parts import (
    find_part,
    find_weights,
    load_llama_tokenizer,
    read_config,
    read_files,
    read_llama_config,
    without_number_type,
)
from reference_models.training.safe_weights import WEIGHTS_FILE, fill_network
from vlitqa.errors import ToolMissing, UsageError

_PICKLE_FILE = "second_stage_model.pt"
_TOWER = "vision_model."
_WORDS = "language_model.model.embed_tokens.weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class MimParts:
    """The three checkpoints that make the published MIM, each a folder or a name of the hub."""

    trained: str = PARTS["mim"][0]
    tower: str = PARTS["mim"][1]
    language_model: str = PARTS["mim"][2]


def load_published_mim(parts: MimParts) -> Mim:
    """Joins what was trained with the tower that it was trained on."""
    trained_folder = find_part(parts.trained, WEIGHTS_FILE, _PICKLE_FILE)
    tower_folder, text_folder = find_part(parts.tower, CONFIG_FILE), find_part(parts.language_model, CONFIG_FILE)
    files = find_weights(trained_folder, parts.trained, pickle=_PICKLE_FILE)
    tokenizer = load_llama_tokenizer(text_folder, parts.language_model)
    tokenizer.add_special_tokens({"additional_special_tokens": [IMAGE, START, END]}, replace_extra_special_tokens=False)
    text = read_llama_config(text_folder, parts.language_model)
    text.vocab_size = len(tokenizer)
    network = make_empty_mim(read_config(tower_folder, parts.tower), text, parts.tower)
    fill_network(network.vision_model, _read_tower(tower_folder, parts.tower), tower_folder)
    trained = read_files(files)
    _refuse_other_words(trained, tokenizer, trained_folder)
    tower = {f"{_TOWER}{name}": weight for name, weight in network.vision_model.state_dict().items()}
    fill_network(network, tower | trained, trained_folder)
    scaler = clip_scaler(cast(int, network.vision_model.config.image_size), "squash")
    return Mim(network=network.eval(), tokenizer=tokenizer, scaler=scaler, template_name="llama_2")


def make_empty_mim(blip2: Mapping[str, Any], text: LlamaConfig, source: str) -> MimNetwork:
    """A network without weights, in no time and memory, for a BLIP-2 as its config.json describes it, and a Llama."""
    if not isinstance(blip2.get("vision_config"), dict) or not isinstance(blip2.get("qformer_config"), dict):
        raise ToolMissing(f"{source} is no BLIP-2", repair=f"Name a folder of one, or {PARTS['mim'][1]}.")
    with loading_errors(source), torch.device("meta"):
        vision = Blip2VisionConfig.from_dict(without_number_type(blip2["vision_config"]))
        qformer = Blip2QFormerConfig.from_dict(without_number_type(blip2["qformer_config"]))
        qformer.encoder_hidden_size = vision.hidden_size
        network = MimNetwork(vision, qformer, text, queries=blip2.get("num_query_tokens", 32))
    network.language_model.model.rotary_emb = LlamaRotaryEmbedding(text)
    return network


def _read_tower(folder: Path, source: str) -> dict[str, Tensor]:
    """The weights of the tower, without those of the models beside it in its files."""
    weights = read_files(find_weights(folder, source, beginning=_TOWER), _TOWER)
    return {name.removeprefix(_TOWER): weight for name, weight in weights.items()}


def _refuse_other_words(trained: Mapping[str, Tensor], tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Raises UsageError where the table of words is of another tokenizer; one that is no table fails later."""
    words = trained[_WORDS].shape[0] if _WORDS in trained and trained[_WORDS].ndim else len(tokenizer)
    if words != len(tokenizer):
        message = f"{folder} has a table of {words:,} words, and the tokenizer {len(tokenizer):,}"
        raise UsageError(message, repair="Name the Llama that was trained, with its own tokenizer.")
