"""The ImageBind-LLMs that can be named: the published one, that of the shapes world, and a tiny random one."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_NANO, IMAGEBIND_TINY, ImageBindShape
from reference_models.imagebind_llm.encoders import ImageBindEncoders
from reference_models.imagebind_llm.injection import InjectionForm
from reference_models.imagebind_llm.loading import load_imagebind_llm
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.network import BindShape, ImageBindNetwork
from reference_models.imagebind_llm.published import ImageBindLlmParts, load_published_imagebind_llm
from reference_models.training.pictures import small_scaler
from reference_models.training.recipe import TuningRecipe
from reference_models.training.tiny_parts import make_tiny_tokenizer, tiny_llama_config

TUNING_RECIPES: Mapping[str, TuningRecipe] = {
    "tiny": TuningRecipe(learning_rate=1e-3, batch_size=8),
    "nano": TuningRecipe(learning_rate=3e-3, batch_size=8, optimizer="muon", warm_up=0.05),
    "paper": TuningRecipe(
        epochs=4, batch_size=32, learning_rate=1.25e-4, warm_up=0.25, weight_decay=0.02, betas=(0.9, 0.95)
    ),
}
"""That of the published scripts, whose first of four epochs warms up; and what suits the small ones."""


def open_model(source: str) -> ImageBindLlm:
    """Opens a preset, or an ImageBind-LLM by its folder."""
    if source == "tiny":
        return make_tiny_imagebind_llm()
    if source == "paper":
        return load_published_imagebind_llm(ImageBindLlmParts())
    return load_imagebind_llm("vlitqa/nano-imagebind_llm" if source == "nano" else source)


def make_tiny_imagebind_llm(
    template: str = "short",
    *,
    seed: int = 0,
    form: InjectionForm = "published",
    shape: ImageBindShape = IMAGEBIND_TINY,
) -> ImageBindLlm:
    """An ImageBind-LLM of a million random weights whose gates are closed, with a tokenizer of bytes."""
    torch.manual_seed(seed)
    tokenizer = make_tiny_tokenizer([])
    config = tiny_llama_config(tokenizer)
    return ImageBindLlm(
        network=ImageBindNetwork(shape, config, BindShape(form=form, bind_width=256)).eval(),
        tokenizer=tokenizer,
        scaler=small_scaler(shape.side),
        template_name=template,
    )


def join_nano_imagebind_llm(
    encoders: ImageBindEncoders, language_model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, *, seed: int = 0
) -> ImageBindLlm:
    """Joins the encoders and the Llama of the shapes world by a bind network that knows nothing yet."""
    torch.manual_seed(seed)
    config = language_model.config
    network = ImageBindNetwork(IMAGEBIND_NANO, config, BindShape(bind_width=4 * config.hidden_size))
    network.encoders.load_state_dict(encoders.state_dict())
    network.language_model.load_state_dict(language_model.state_dict(), strict=False)  # it has no adapters
    scaler = small_scaler(IMAGEBIND_NANO.side)
    return ImageBindLlm(network=network.eval(), tokenizer=tokenizer, scaler=scaler, template_name="short")
