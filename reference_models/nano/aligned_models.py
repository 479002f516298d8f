"""The nano models that are tuned: parts that know the shapes world, joined and taught to see by captions alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch.nn import Parameter
from transformers import (
    Blip2ForConditionalGeneration,
    CLIPVisionModel,
    LlamaForCausalLM,
    OPTForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from reference_models.blip2.model import Blip2
from reference_models.blip2.presets import make_nano_blip2
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.imagebind_llm.presets import join_nano_imagebind_llm
from reference_models.llava.model import ReferenceLlava
from reference_models.llava.presets import join_nano_llava
from reference_models.mim.model import Mim
from reference_models.mim.presets import join_nano_mim
from reference_models.nano.alignment import align, description_or_request
from reference_models.nano.bound_encoders import train_bound_encoders
from reference_models.nano.patch_words import teach_patch_words
from reference_models.nano.picture_queries import teach_queries
from reference_models.nano.tower import train_patch_features
from reference_models.openflamingo.model import OpenFlamingo
from reference_models.openflamingo.presets import join_nano_openflamingo
from reference_models.training.devices import move_to_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from vlitqa.contracts.models import ReferenceModel

_Part = TypeVar("_Part", bound=PreTrainedModel)
Recipes = Mapping[str, TrainingRecipe]
MakeAligned = Callable[[Path, PreTrainedTokenizerFast, Recipes, ProgressCallback], ReferenceModel]


def make_aligned_llava(
    folder: Path, tokenizer: PreTrainedTokenizerFast, recipes: Recipes, report_progress: ProgressCallback
) -> ReferenceLlava:
    """Joins the tower and the Llama of a folder, and trains all but the tower."""
    tower, llama = _load(CLIPVisionModel, folder / "nano-tower"), _load(LlamaForCausalLM, folder / "nano-llama")
    model = join_nano_llava(tower, llama, tokenizer)
    teach_patch_words(move_to_device(model.network), tokenizer, recipes["patch words"], report_progress)
    align(model, _all_but(model, "model.vision_tower."), recipes["llava"], report_progress)
    return model


def make_aligned_blip2(
    folder: Path, tokenizer: PreTrainedTokenizerFast, recipes: Recipes, report_progress: ProgressCallback
) -> Blip2:
    """Trains a tower of BLIP-2's kind on patches, joins it to the OPT of a folder, and trains all but the tower."""
    model = make_nano_blip2(_load(OPTForCausalLM, folder / "nano-opt"), tokenizer)
    tower = move_to_device(model.network).vision_model
    tower.train()

    def patch_features(pixels: torch.Tensor) -> torch.Tensor:
        states = tower.encoder(inputs_embeds=tower.embeddings(pixels)).last_hidden_state
        features: torch.Tensor = tower.post_layernorm(states)[:, 1:]  # (batch, patches, width)
        return features

    train_patch_features(tower, patch_features, recipes["tower"], report_progress, name="tower of blip2")
    align(model, _all_but(model, "vision_model.e"), recipes["blip2"], report_progress)
    return model


def make_aligned_openflamingo(
    folder: Path, tokenizer: PreTrainedTokenizerFast, recipes: Recipes, report_progress: ProgressCallback
) -> OpenFlamingo:
    """Joins the tower and the OPT of a folder, and trains all but the tower."""
    tower, opt = _load(CLIPVisionModel, folder / "nano-tower"), _load(OPTForCausalLM, folder / "nano-opt")
    model = join_nano_openflamingo(tower, opt, tokenizer)
    align(model, _all_but(model, "vision_encoder."), recipes["openflamingo"], report_progress)
    return model


def make_aligned_mim(
    folder: Path, tokenizer: PreTrainedTokenizerFast, recipes: Recipes, report_progress: ProgressCallback
) -> Mim:
    """Joins what sees of the BLIP-2 of a folder with its Llama, and trains all but the tower: to see, and to draw.

    Its queries learn what they have to tell first.
    """
    blip2 = _load(Blip2ForConditionalGeneration, folder / "nano-blip2")
    model = join_nano_mim(blip2, _load(LlamaForCausalLM, folder / "nano-llama"), tokenizer)
    teach_queries(move_to_device(model.network), tokenizer, recipes["queries"], report_progress)
    align(model, _all_but(model, "vision_model."), recipes["mim"], report_progress, description_or_request)
    return model


def make_aligned_imagebind_llm(
    folder: Path, tokenizer: PreTrainedTokenizerFast, recipes: Recipes, report_progress: ProgressCallback
) -> ImageBindLlm:
    """Trains encoders, the first of which begins as BLIP-2's tower, and joins them to the Llama, which is trained."""
    tower = _load(Blip2ForConditionalGeneration, folder / "nano-blip2").vision_model
    encoders = train_bound_encoders(tower, recipes, report_progress)
    model = join_nano_imagebind_llm(encoders, _load(LlamaForCausalLM, folder / "nano-llama"), tokenizer)
    align(model, _all_but(model, "encoders."), recipes["imagebind_llm"], report_progress)
    return model


def save_aligned(model: ReferenceModel, folder: Path) -> None:
    """Saves a model in half precision."""
    model.module.half()
    model.save(folder)


def _load(kind: type[_Part], folder: Path) -> _Part:
    """A part in the precision in which it is trained."""
    part: _Part = kind.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    part.config._name_or_path = ""  # that of a folder of this machine, which would be saved with the whole
    return part


def _all_but(model: ReferenceModel, tower: str) -> Iterable[Parameter]:
    """The parameters that do not begin with the name of the tower; the others are not trained."""
    trained = []
    for name, parameter in model.module.named_parameters():
        parameter.requires_grad_(not name.startswith(tower))
        if parameter.requires_grad:
            trained.append(parameter)
    return trained
