"""The two halves of a LLaVA's configuration, with their types, and what follows from them."""

from __future__ import annotations

from typing import cast

from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, PreTrainedTokenizerBase

IMAGE_TOKEN = "<image>"
"""The token that stands for a patch of a picture."""


def vision_config(config: LlavaConfig) -> CLIPVisionConfig:
    """The configuration of the tower."""
    return cast(CLIPVisionConfig, config.vision_config)


def text_config(config: LlavaConfig) -> LlamaConfig:
    """The configuration of the language model."""
    return cast(LlamaConfig, config.text_config)


def picture_side(vision: CLIPVisionConfig) -> int:
    """The edge of the pictures that a tower reads."""
    return cast(int, vision.image_size)


def patches_of(vision: CLIPVisionConfig) -> int:
    """The number of patches of a picture."""
    return (picture_side(vision) // cast(int, vision.patch_size)) ** 2


def published_parts() -> tuple[CLIPVisionConfig, LlamaConfig]:
    """The configurations of the tower and the language model of LLaVA-1.5-7B."""
    vision = CLIPVisionConfig(
        hidden_size=1024,
        intermediate_size=4096,
        num_hidden_layers=24,
        num_attention_heads=16,
        image_size=336,
        patch_size=14,
        projection_dim=768,
    )
    return vision, LlamaConfig(vocab_size=32_064, max_position_embeddings=4096)


def make_config(
    vision: CLIPVisionConfig, text: LlamaConfig, tokenizer: PreTrainedTokenizerBase, feature_layer: int = -2
) -> LlavaConfig:
    """Joins both halves; the tokenizer knows the token of images."""
    return LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=cast(int, tokenizer.convert_tokens_to_ids(IMAGE_TOKEN)),
        image_seq_length=patches_of(vision),
        vision_feature_layer=feature_layer,
        tie_word_embeddings=bool(text.tie_word_embeddings),
    )
