"""The MIMs that can be named: the published one, that of the shapes world, and a tiny random one for tests."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from transformers import (
    Blip2ForConditionalGeneration,
    Blip2QFormerConfig,
    Blip2VisionConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerBase,
)

from reference_models.mim.loading import load_mim
from reference_models.mim.model import Mim
from reference_models.mim.network import MimNetwork
from reference_models.mim.published import MimParts, load_published_mim
from reference_models.mim.reader import END, IMAGE, START
from reference_models.training.pictures import small_scaler
from reference_models.training.recipe import TuningRecipe
from reference_models.training.tiny_parts import make_tiny_tokenizer, tiny_llama_config

TUNING_RECIPES: Mapping[str, TuningRecipe] = {
    "tiny": TuningRecipe(learning_rate=1e-3, batch_size=8),
    "nano": TuningRecipe(learning_rate=3e-3, batch_size=8, optimizer="muon", warm_up=0.05),
    "paper": TuningRecipe(
        epochs=3, batch_size=64, learning_rate=1e-5, warm_up=100, weight_decay=1e-3, betas=(0.9, 0.95)
    ),
}
"""That of the second stage of the published scripts; and what suits the small ones."""
_SIDE = 56
_VISION_STD = 0.02
"""With transformers' own initializer range all pictures look the same."""


def open_model(source: str) -> Mim:
    """Opens a preset, or a MIM by its folder."""
    if source == "tiny":
        return make_tiny_mim()
    if source == "paper":
        return load_published_mim(MimParts())
    return load_mim("vlitqa/nano-mim" if source == "nano" else source)


def make_tiny_mim(template: str = "short", *, seed: int = 0) -> Mim:
    """A MIM of a million random weights, with a tokenizer of bytes."""
    torch.manual_seed(seed)
    tokenizer = make_tiny_tokenizer([IMAGE, START, END])
    network = MimNetwork(
        Blip2VisionConfig(
            image_size=_SIDE,
            patch_size=14,
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=3,
            num_attention_heads=4,
            initializer_range=_VISION_STD,
        ),
        Blip2QFormerConfig(
            vocab_size=len(tokenizer),
            hidden_size=48,
            intermediate_size=96,
            num_hidden_layers=2,
            num_attention_heads=4,
            encoder_hidden_size=64,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        ),
        tiny_llama_config(tokenizer),
        queries=8,
    )
    return Mim(network=network.eval(), tokenizer=tokenizer, scaler=small_scaler(_SIDE), template_name=template)


def join_nano_mim(
    blip2: Blip2ForConditionalGeneration,
    language_model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerBase,
    *,
    seed: int = 0,
) -> Mim:
    """Joins what sees of a BLIP-2 with a Llama by a projection that knows nothing yet; the tokenizer gets tokens."""
    torch.manual_seed(seed)
    tokenizer.add_special_tokens({"additional_special_tokens": [IMAGE, START, END]})
    vision = blip2.vision_model.config
    network = MimNetwork(vision, blip2.qformer.config, language_model.config, queries=blip2.query_tokens.shape[1])
    network.vision_model.load_state_dict(blip2.vision_model.state_dict())
    network.qformer.load_state_dict(blip2.qformer.state_dict())
    network.query_tokens.data.copy_(blip2.query_tokens)
    network.language_model.load_state_dict(language_model.state_dict())
    scaler = small_scaler(vision.image_size)
    return Mim(network=network.eval(), tokenizer=tokenizer, scaler=scaler, template_name="short")
