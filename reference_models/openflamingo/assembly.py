"""What an OpenFlamingo is made of, as its folder says it, and its network made from that or from trained parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import torch
from torch import Tensor
from transformers import CLIPVisionConfig, CLIPVisionModel, OPTConfig, PreTrainedTokenizerBase

from reference_models.openflamingo.gated_attention import GateShape
from reference_models.openflamingo.language import LanguageModel, OptLanguageModel
from reference_models.openflamingo.mpt import MptLanguageModel, MptShape
from reference_models.openflamingo.network import FlamingoNetwork
from reference_models.openflamingo.perceiver import PerceiverShape
from reference_models.openflamingo.templates import END_OF_CHUNK, IMAGE_TOKEN
from reference_models.training.pictures import PictureScaler


@dataclass(frozen=True, slots=True)
class NewTokens:
    """The ids of the two tokens that the language model did not know, and whose rows are trained."""

    end_of_chunk: int
    image: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlamingoConfig:
    """All sizes of a network, and how its pictures and texts begin."""

    vision: Mapping[str, Any]
    """As transformers' CLIPVisionConfig writes it."""
    language: Literal["opt", "mpt"]
    opt: Mapping[str, Any] | None = None
    """As transformers' OPTConfig writes it."""
    mpt: MptShape | None = None
    perceiver: PerceiverShape = field(default_factory=PerceiverShape)
    gates: GateShape = field(default_factory=GateShape)
    new_tokens: NewTokens
    pictures: PictureScaler
    first_token: str
    """The token with which every text begins; empty where the language model was trained without one."""


def make_flamingo_network(config: FlamingoConfig) -> FlamingoNetwork:
    """Makes a network of random weights."""
    tower = CLIPVisionModel(CLIPVisionConfig.from_dict(dict(config.vision)))
    language_model: LanguageModel
    if config.language == "opt":
        language_model = OptLanguageModel(OPTConfig.from_dict(dict(config.opt or {})))
    else:
        language_model = MptLanguageModel(config.mpt or MptShape(vocabulary_size=0))
    new_tokens = (config.new_tokens.end_of_chunk, config.new_tokens.image)
    return FlamingoNetwork(tower, language_model, config.perceiver, config.gates, new_tokens)


def make_empty_network(config: FlamingoConfig) -> FlamingoNetwork:
    """Makes a network without weights, in no time and memory; they are then assigned by `load_state_dict`."""
    with torch.device("meta"):
        network = make_flamingo_network(config)
    embeddings = network.vision_encoder.embeddings
    positions = torch.arange(embeddings.num_positions)[None]  # (1, patches + 1)
    embeddings.register_buffer("position_ids", positions, persistent=False)
    return network


def add_new_tokens(tokenizer: PreTrainedTokenizerBase) -> NewTokens:
    """Adds OpenFlamingo's tokens to a tokenizer, in the order of the original."""
    tokens = [END_OF_CHUNK, IMAGE_TOKEN]
    tokenizer.add_special_tokens({"additional_special_tokens": tokens}, replace_extra_special_tokens=False)
    if tokenizer.pad_token is None:
        tokenizer.add_special_tokens({"pad_token": "<PAD>"})
    end_of_chunk, image = (tokenizer.get_vocab()[token] for token in tokens)
    return NewTokens(end_of_chunk, image)


def fit_table(table: Tensor, tokens: int) -> Tensor:
    """The embeddings of so many tokens: those beyond the tokenizer's go, those of new ones begin as the mean.

    # (tokens, width)
    """
    missing = max(0, tokens - len(table))
    return torch.cat([table[:tokens], table.mean(0, keepdim=True).expand(missing, -1)])


def first_token_of(tokenizer: PreTrainedTokenizerBase) -> str:
    """The token that a tokenizer puts before every text, or nothing."""
    token_ids = tokenizer("a")["input_ids"]
    is_begun = tokenizer.bos_token_id is not None and token_ids[0] == tokenizer.bos_token_id
    return str(tokenizer.bos_token) if is_begun else ""


def side_of(vision: CLIPVisionConfig) -> int:
    """The pixels along an edge of the tower's pictures."""
    return int(cast(int, vision.image_size))
