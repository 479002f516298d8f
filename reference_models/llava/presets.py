"""The LLaVAs that can be named: the published one, that of the shapes world, and a tiny random one for tests."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from transformers import CLIPVisionModel, LlamaForCausalLM, PreTrainedTokenizerBase

from reference_models.llava.configs import IMAGE_TOKEN, make_config, picture_side
from reference_models.llava.loading import PUBLISHED, load_llava
from reference_models.llava.model import ReferenceLlava
from reference_models.llava.projector import PROJECTORS
from reference_models.training.pictures import small_scaler
from reference_models.training.recipe import TuningRecipe
from reference_models.training.tiny_parts import make_tiny_tokenizer, tiny_llama_config, tiny_tower_config
from vlitqa.errors import UsageError

_SOURCES: Mapping[str, str] = {"nano": "vlitqa/nano-llava", "paper": PUBLISHED}
"""Where the presets lie that are loaded."""
TUNING_RECIPES: Mapping[str, TuningRecipe] = {
    "tiny": TuningRecipe(learning_rate=1e-3, batch_size=8),
    "nano": TuningRecipe(learning_rate=3e-3, batch_size=8, optimizer="muon", warm_up=0.05),
    "paper": TuningRecipe(learning_rate=2e-5, batch_size=128, warm_up=0.03),
}
"""Table 6 of the review, with the batch of LLaVA's own scripts; and what suits the small ones."""


def open_model(source: str) -> ReferenceLlava:
    """Opens a preset, or a LLaVA by its folder or name of the hub."""
    return make_tiny_llava() if source == "tiny" else load_llava(_SOURCES.get(source, source))


def make_tiny_llava(projector: str = "mlp2x_gelu", template: str = "short", *, seed: int = 0) -> ReferenceLlava:
    """A LLaVA of a million random weights: 16 patches of a picture of 56 pixels, 4 layers of width 128."""
    if projector not in PROJECTORS:
        raise UsageError(f"there is no projector {projector!r}", repair=f"Choose from {', '.join(PROJECTORS)}.")
    torch.manual_seed(seed)
    tokenizer = make_tiny_tokenizer([IMAGE_TOKEN])
    vision = tiny_tower_config()
    text = tiny_llama_config(tokenizer)
    network = PROJECTORS[projector](make_config(vision, text, tokenizer))
    network.eval()  # type: ignore[no-untyped-call]
    return ReferenceLlava(
        network=network,
        tokenizer=tokenizer,
        scaler=small_scaler(56),
        template_name=template,
    )


def join_nano_llava(
    tower: CLIPVisionModel, language_model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, *, seed: int = 0
) -> ReferenceLlava:
    """Joins the tower and the Llama of the shapes world by a projector that knows nothing yet."""
    torch.manual_seed(seed)
    config = make_config(tower.config, language_model.config, tokenizer)
    config.vision_feature_layer = -1  # it was trained for what its last layer tells of each patch
    network = PROJECTORS["mlp2x_gelu"](config)
    network.model.vision_tower.load_state_dict(tower.state_dict())
    network.model.language_model.load_state_dict(language_model.base_model.state_dict())
    network.lm_head.load_state_dict(language_model.lm_head.state_dict())
    network.eval()  # type: ignore[no-untyped-call]
    scaler = small_scaler(picture_side(tower.config))
    return ReferenceLlava(network=network, tokenizer=tokenizer, scaler=scaler, template_name="short")
