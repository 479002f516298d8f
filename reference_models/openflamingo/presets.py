"""The OpenFlamingos that can be named: the published one, that of the shapes world, and a tiny random one for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor
from transformers import CLIPVisionModel, OPTConfig, OPTForCausalLM, PreTrainedTokenizerBase

from reference_models.openflamingo.assembly import (
    FlamingoConfig,
    add_new_tokens,
    first_token_of,
    fit_table,
    make_flamingo_network,
    side_of,
)
from reference_models.openflamingo.gated_attention import GateShape
from reference_models.openflamingo.key_map import OUR_TABLES, from_language_model
from reference_models.openflamingo.loading import load_openflamingo
from reference_models.openflamingo.model import OpenFlamingo
from reference_models.openflamingo.mpt import MptShape
from reference_models.openflamingo.perceiver import PerceiverShape
from reference_models.openflamingo.published import PublishedParts, load_published
from reference_models.training.pictures import small_scaler
from reference_models.training.recipe import TuningRecipe
from reference_models.training.tiny_parts import make_tiny_tokenizer, tiny_tower_config

TUNING_RECIPES: Mapping[str, TuningRecipe] = {
    "tiny": TuningRecipe(learning_rate=1e-3, batch_size=8),
    "nano": TuningRecipe(learning_rate=3e-3, batch_size=8, optimizer="muon", warm_up=0.05),
    "paper": TuningRecipe(
        epochs=6, batch_size=1, learning_rate=1e-4, schedule="constant", warm_up=1_000, weight_decay=0.1
    ),
}
"""Table 8 of the review, with the defaults of the original where it is silent; and what suits the small ones."""


def open_model(source: str) -> OpenFlamingo:
    """Opens a preset, or an OpenFlamingo by its folder."""
    if source == "tiny":
        return make_tiny_openflamingo()
    if source == "paper":
        return load_published(PublishedParts())
    return load_openflamingo("vlitqa/nano-openflamingo" if source == "nano" else source)


def make_tiny_openflamingo(language: Literal["opt", "mpt"] = "opt", *, every: int = 1, seed: int = 0) -> OpenFlamingo:
    """An OpenFlamingo of random weights: 16 patches of a picture of 56 pixels, 4 layers of width 128."""
    torch.manual_seed(seed)
    tokenizer = make_tiny_tokenizer([])
    new_tokens = add_new_tokens(tokenizer)
    vision = tiny_tower_config()
    opt = OPTConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        word_embed_proj_dim=128,
        ffn_dim=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=1024,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    mpt = MptShape(vocabulary_size=len(tokenizer), width=128, heads=4, layers=4, context_length=1024)
    config = FlamingoConfig(
        vision=vision.to_dict(),
        language=language,
        opt=opt.to_dict() if language == "opt" else None,
        mpt=mpt if language == "mpt" else None,
        perceiver=PerceiverShape(depth=1, heads=2, head_width=16, latents=4),
        gates=GateShape(every=every, heads=2, head_width=16),
        new_tokens=new_tokens,
        pictures=small_scaler(56),
        first_token=str(tokenizer.bos_token),
    )
    return OpenFlamingo(network=make_flamingo_network(config).eval(), tokenizer=tokenizer, config=config)


def join_nano_openflamingo(
    tower: CLIPVisionModel, language_model: OPTForCausalLM, tokenizer: PreTrainedTokenizerBase, *, seed: int = 0
) -> OpenFlamingo:
    """Joins the tower and the OPT of the shapes world by a resampler and gated layers that know nothing yet.

    The tokenizer gets the tokens that it lacks.
    """
    torch.manual_seed(seed)
    first_token = first_token_of(tokenizer)
    new_tokens = add_new_tokens(tokenizer)
    config = FlamingoConfig(
        vision=tower.config.to_dict(),
        language="opt",
        opt={**language_model.config.to_dict(), "vocab_size": len(tokenizer)},
        perceiver=PerceiverShape(depth=2, heads=4, head_width=32, latents=16),
        gates=GateShape(heads=4, head_width=32),
        new_tokens=new_tokens,
        pictures=small_scaler(side_of(tower.config)),
        first_token=first_token,
    )
    network = make_flamingo_network(config)
    network.vision_encoder.load_state_dict(tower.state_dict())
    weights: dict[str, Tensor] = from_language_model(language_model.state_dict(), "opt")
    table = OUR_TABLES["opt"]
    weights[table] = fit_table(weights[table], len(tokenizer))
    network.load_state_dict(weights, strict=False)
    network.new_token_rows.data = weights[table][list(network.new_tokens)].clone()  # (new, width)
    return OpenFlamingo(network=network.eval(), tokenizer=tokenizer, config=config)
