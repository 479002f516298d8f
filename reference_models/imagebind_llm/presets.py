"""A tiny ImageBind-LLM of random weights, to try its code in seconds."""

from __future__ import annotations

import torch

from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_TINY
from reference_models.imagebind_llm.injection import InjectionForm
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.network import BindShape, ImageBindNetwork
from reference_models.training.pictures import small_scaler
from reference_models.training.tiny_parts import make_tiny_tokenizer, tiny_llama_config


def make_tiny_imagebind_llm(
    template: str = "short", *, seed: int = 0, form: InjectionForm = "published"
) -> ImageBindLlm:
    """An ImageBind-LLM of a million random weights whose gates are closed, with a tokenizer of bytes."""
    torch.manual_seed(seed)
    tokenizer = make_tiny_tokenizer([])
    config = tiny_llama_config(tokenizer)
    return ImageBindLlm(
        network=ImageBindNetwork(IMAGEBIND_TINY, config, BindShape(form=form, bind_width=256)).eval(),
        tokenizer=tokenizer,
        scaler=small_scaler(IMAGEBIND_TINY.side),
        template_name=template,
    )
