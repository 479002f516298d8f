"""Loads a published ImageBind-LLM: what its authors trained, over a Llama and the encoders of ImageBind.

No repository of the hub has them all, so that each part has a folder of its own. All are pickles, and the errors say
the commands that convert them to `model.safetensors`:

| folder | files |
|---|---|
| `~/imagebind_llm/trained` | `7B.pth`, which was trained over Open-Chinese-LLaMA: over any other Llama it writes nonsense |
| `~/imagebind_llm/llama` | the Llama with `params.json` in Meta's layout, or with `config.json` in that of transformers; and its `tokenizer.json` and `tokenizer_config.json` |
| `~/imagebind_llm/encoders` | `imagebind_huge.pth` of ImageBind; or `imagebind_w3D.pth`, which has the encoder of points too |
"""  # noqa: E501 - rows of a table

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from reference_models.imagebind_llm.base_llama import META_SIZES_FILE, META_WEIGHTS_FILE, read_base_llama
from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_HUGE, ImageBindShape
from reference_models.imagebind_llm.key_map import from_published
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.network import BindShape, ImageBindNetwork
from reference_models.published import PARTS
from reference_models.training.descriptions import loading_errors
from reference_models.training.model_folder import CONFIG_FILE
from reference_models.training.pictures import clip_scaler
from reference_models.training.published_parts import find_part, find_weights, load_llama_tokenizer, read_files
from reference_models.training.safe_weights import WEIGHTS_FILE, fill_network
from vlitqa.errors import UsageError

_PICKLE_FILE = "7B.pth"
_ENCODER_PICKLES = ("imagebind_w3D.pth", "imagebind_huge.pth")
_BIND = "bind_network.image_bind_f1_1.weight"
_LOW_RANK = ".lora_a"
_POINTS = "point_trunk."


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBindLlmParts:
    """The three checkpoints that make a published ImageBind-LLM, each a folder or a name of the hub."""

    trained: str = PARTS["imagebind_llm"][0]
    language_model: str = PARTS["imagebind_llm"][1]
    encoders: str = PARTS["imagebind_llm"][2]
    encoder_shape: ImageBindShape = IMAGEBIND_HUGE
    """Points of it that the file of the encoders does not have are left out."""


def load_published_imagebind_llm(parts: ImageBindLlmParts) -> ImageBindLlm:
    """Joins what was trained with its Llama and its encoders."""
    trained_folder = find_part(parts.trained, WEIGHTS_FILE, _PICKLE_FILE)
    text_folder = find_part(parts.language_model, CONFIG_FILE, META_SIZES_FILE, META_WEIGHTS_FILE)
    encoder_folder = find_part(parts.encoders, WEIGHTS_FILE, *_ENCODER_PICKLES)
    files = find_weights(trained_folder, parts.trained, pickle=_PICKLE_FILE)
    encoder_files = find_weights(encoder_folder, parts.encoders, pickle=_ENCODER_PICKLES[0])
    tokenizer = load_llama_tokenizer(text_folder, parts.language_model)
    config, base = read_base_llama(text_folder, parts.language_model)
    if len(tokenizer) > config.vocab_size:
        message = f"the tokenizer in {text_folder} has {len(tokenizer):,} tokens, and the Llama {config.vocab_size:,}"
        raise UsageError(message, repair="Put the tokenizer of this Llama beside it.")
    with loading_errors(parts.trained):
        trained = from_published(read_files(files), config.hidden_size // config.num_attention_heads)
        bind_shape = _bind_shape(trained, trained_folder)
    encoders = read_files(encoder_files)
    shape = parts.encoder_shape
    if not any(name.startswith(_POINTS) for name in encoders):
        shape = replace(shape, points=None)
    network = make_empty_imagebind_llm(shape, config, bind_shape)
    fill_network(network.encoders, encoders, encoder_folder)
    weights = {f"encoders.{name}": weight for name, weight in network.encoders.state_dict().items()}
    weights |= {f"language_model.{name}": weight for name, weight in base.items()} | trained
    fill_network(network, weights, trained_folder)
    scaler = clip_scaler(shape.side, "crop")
    return ImageBindLlm(network=network.eval(), tokenizer=tokenizer, scaler=scaler, template_name="alpaca")


def make_empty_imagebind_llm(shape: ImageBindShape, config: LlamaConfig, bind_shape: BindShape) -> ImageBindNetwork:
    """A network without weights, in no time and memory."""
    with torch.device("meta"):
        network = ImageBindNetwork(shape, config, bind_shape)
    network.language_model.model.rotary_emb = LlamaRotaryEmbedding(config)
    return network


def _bind_shape(trained: Mapping[str, Tensor], folder: Path) -> BindShape:
    """The sizes of what was trained; raises UsageError for a file of the first stage, which trains no Llama."""
    low_rank = next((weight for name, weight in trained.items() if name.endswith(_LOW_RANK)), None)
    if low_rank is None or _BIND not in trained:
        lack = "low-rank matrices" if low_rank is None else "bind network"
        raise UsageError(f"{folder} has no {lack}", repair=f"Name a file of the second stage, such as {_PICKLE_FILE}.")
    return BindShape(bind_width=len(trained[_BIND]), rank=len(low_rank))
