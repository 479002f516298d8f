"""A tiny MIM of random weights, to try its code in seconds."""

from __future__ import annotations

import torch
from transformers import Blip2QFormerConfig, Blip2VisionConfig

from reference_models.mim.model import Mim
from reference_models.mim.network import MimNetwork
from reference_models.mim.reader import END, IMAGE, START
from reference_models.training.pictures import small_scaler
from reference_models.training.tiny_parts import make_tiny_tokenizer, tiny_llama_config

_SIDE = 56
_VISION_STD = 0.02
"""With transformers' own initializer range all pictures look the same."""


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
