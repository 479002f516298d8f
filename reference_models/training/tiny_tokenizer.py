"""A tokenizer of bytes for tiny random models: it needs no file, and any text comes back from it."""

from __future__ import annotations

from collections.abc import Sequence

import tokenizers
from transformers import PreTrainedTokenizerFast


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
