"""The BLIP-2s that can be named: the published one, that of the shapes world, and a tiny random one for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from transformers import (
    Blip2Config,
    Blip2QFormerConfig,
    Blip2VisionConfig,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedTokenizerBase,
)

from reference_models.blip2.loading import PUBLISHED_BLIP2, load_blip2
from reference_models.blip2.model import IMAGE_TOKEN, Blip2
from reference_models.blip2.network import make_blip2_network
from reference_models.training.pictures import small_scaler
from reference_models.training.recipe import TuningRecipe
from reference_models.training.tiny_parts import make_tiny_tokenizer
from vlitqa.shapes.drawing import SMALL

_SOURCES: Mapping[str, str] = {"nano": "vlitqa/nano-blip2", "paper": PUBLISHED_BLIP2}
"""Where the presets lie that are loaded."""
TUNING_RECIPES: Mapping[str, TuningRecipe] = {
    "tiny": TuningRecipe(learning_rate=1e-3, batch_size=8),
    "nano": TuningRecipe(learning_rate=3e-3, batch_size=8, optimizer="muon", warm_up=0.05),
    "paper": TuningRecipe(batch_size=4, learning_rate=1e-5, warm_up=1_000, weight_decay=0.05),
}
"""Table 7 of the review; and what suits the small one."""
_VISION_STD = 0.02
"""The initializer range of LAVIS' vision transformer; with that of transformers, 1e-10, all pictures look the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of a network, by the names of their configurations in transformers."""

    vision: Mapping[str, int]
    qformer: Mapping[str, float]
    text: Mapping[str, object] = field(default_factory=dict)
    queries: int


TINY = Sizes(
    vision={
        "image_size": 56,
        "patch_size": 14,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
    },
    qformer={"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4},
    text={
        "hidden_size": 128,
        "word_embed_proj_dim": 128,
        "ffn_dim": 256,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "max_position_embeddings": 1024,
    },
    queries=16,
)
NANO = Sizes(
    vision={
        "image_size": SMALL,
        "patch_size": 8,
        "hidden_size": 128,
        "intermediate_size": 512,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
    },
    qformer={
        "hidden_size": 128,
        "intermediate_size": 512,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    },
    queries=16,
)
"""The tower has the sizes of the other nano models', and the language model comes with its own."""


def open_model(source: str) -> Blip2:
    """Opens a preset, or a BLIP-2 by its folder or name of the hub."""
    return make_tiny_blip2() if source == "tiny" else load_blip2(_SOURCES.get(source, source))


def make_tiny_blip2(template: str = "short", *, reads_instruction: bool = False, seed: int = 0) -> Blip2:
    """A BLIP-2 of a million random weights, with a tokenizer of bytes."""
    tokenizer = make_tiny_tokenizer([IMAGE_TOKEN])
    return make_blip2(TINY, tokenizer, template=template, reads_instruction=reads_instruction, seed=seed)


def make_nano_blip2(language_model: OPTForCausalLM, tokenizer: PreTrainedTokenizerBase, *, seed: int = 0) -> Blip2:
    """The BLIP-2 of the shapes world before its training: only its language model has learned something."""
    model = make_blip2(replace(NANO, text=language_model.config.to_dict()), tokenizer, seed=seed)
    model.network.language_model.load_state_dict(language_model.state_dict())
    return model


def make_blip2(
    sizes: Sizes,
    tokenizer: PreTrainedTokenizerBase,
    *,
    template: str = "short",
    reads_instruction: bool = False,
    seed: int = 0,
) -> Blip2:
    """A BLIP-2 with random weights."""
    torch.manual_seed(seed)
    words = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    config = Blip2Config.from_dict(
        {
            "vision_config": {**sizes.vision, "initializer_range": _VISION_STD},
            "qformer_config": {**sizes.qformer, **words, "use_qformer_text_input": reads_instruction},
            "text_config": {"model_type": "opt", **words, **ends, **sizes.text},
            "num_query_tokens": sizes.queries,
            "image_token_index": tokenizer.convert_tokens_to_ids(IMAGE_TOKEN),
        }
    )
    network = make_blip2_network(config)
    network.eval()  # type: ignore[no-untyped-call]
    scaler = small_scaler(sizes.vision["image_size"])
    return Blip2(network=network, tokenizer=tokenizer, scaler=scaler, template_name=template)


def published_config() -> Blip2Config:
    """The sizes of the published BLIP-2 with OPT-2.7B, from which its need of memory follows before it is fetched."""
    text = OPTConfig(
        hidden_size=2560, word_embed_proj_dim=2560, ffn_dim=10240, num_hidden_layers=32, num_attention_heads=32
    )
    return Blip2Config(
        vision_config=Blip2VisionConfig(),
        qformer_config=Blip2QFormerConfig(),
        text_config=text,
        image_token_index=50265,
    )
