"""A tiny ImageBind-LLM of random weights, to try its code in seconds."""

from __future__ import annotations

import torch
from transformers import LlamaConfig

from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_TINY
from reference_models.imagebind_llm.injection import InjectionForm
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.network import BindShape, ImageBindNetwork
from reference_models.training.pictures import small_scaler
from reference_models.training.tiny_parts import make_tiny_tokenizer


def make_tiny_imagebind_llm(
    template: str = "short", *, seed: int = 0, form: InjectionForm = "published"
) -> ImageBindLlm:
    """An ImageBind-LLM of a million random weights whose gates are closed, with a tokenizer of bytes."""
    torch.manual_seed(seed)
    tokenizer = make_tiny_tokenizer([])
    config = LlamaConfig(
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
    return ImageBindLlm(
        network=ImageBindNetwork(IMAGEBIND_TINY, config, BindShape(form=form, bind_width=256)).eval(),
        tokenizer=tokenizer,
        scaler=small_scaler(IMAGEBIND_TINY.side),
        template_name=template,
    )
