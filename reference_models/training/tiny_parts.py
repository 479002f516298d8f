"""The parts that tiny random models share: a tower, and a tokenizer of bytes that needs no file and reads any text."""

from __future__ import annotations

from collections.abc import Sequence

import tokenizers
from transformers import CLIPVisionConfig, LlamaConfig, PreTrainedTokenizerFast


def tiny_tower_config() -> CLIPVisionConfig:
    """A CLIP tower of 16 patches of a picture of 56 pixels."""
    return CLIPVisionConfig(
        hidden_size=64, intermediate_size=128, num_hidden_layers=3, num_attention_heads=4, image_size=56, patch_size=14
    )


def tiny_llama_config(tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    """A Llama of 4 layers of width 128 for the words of a tokenizer."""
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=1024,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def make_tiny_tokenizer(special_tokens: Sequence[str]) -> PreTrainedTokenizerFast:
    """A tokenizer with one token for each byte, Llama's special tokens and some more."""
    words = ["<pad>", "<s>", "</s>", *special_tokens, *sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())]
    model = tokenizers.Tokenizer(tokenizers.models.BPE({word: number for number, word in enumerate(words)}, []))
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=model,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        additional_special_tokens=list(special_tokens),
    )
