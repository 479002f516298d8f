"""The encoders of the nano ImageBind-LLM: one vector tells of a picture, and tones and depth are bound to pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import Blip2VisionModel

from reference_models.imagebind_llm.audio_clips import spectrogram
from reference_models.imagebind_llm.depth_maps import normalised_disparity
from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_NANO, Modality
from reference_models.imagebind_llm.encoders import ImageBindEncoders
from reference_models.nano.encoder import render_pixels
from reference_models.nano.scene_labels import CLASS_COUNTS, scene_labels
from reference_models.nano.tower import attribute_loss
from reference_models.nano.training_scenes import training_scenes
from reference_models.training.devices import choose_device, move_to_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit
from vlitqa.shapes.depth import depth_of
from vlitqa.shapes.scenes import Scene
from vlitqa.shapes.tones import tones_of

BOUND_MODALITIES: tuple[Modality, ...] = ("depth", "audio")
"""Those that learn from pictures alone, without a word."""


def train_bound_encoders(
    tower: Blip2VisionModel, recipes: Mapping[str, TrainingRecipe], report_progress: ProgressCallback
) -> ImageBindEncoders:
    """Trains the encoder of pictures, which begins as a tower that knows patches, and then binds the others to it."""
    torch.manual_seed(recipes["bound vision"].seed)
    encoders = move_to_device(ImageBindEncoders(IMAGEBIND_NANO))
    encoders.load_state_dict(_vision_weights(tower), strict=False)
    _train_vision(encoders, recipes["bound vision"], report_progress)
    for modality in BOUND_MODALITIES:
        _bind(encoders, modality, recipes[f"bound {modality}"], report_progress)
    return encoders


def render_modality(modality: Modality, scenes: Sequence[Scene]) -> Tensor:
    """What the encoder of a modality reads of scenes.  # (scenes, …)"""
    return _RENDERERS[modality](scenes).to(choose_device())


def _train_vision(encoders: ImageBindEncoders, recipe: TrainingRecipe, report_progress: ProgressCallback) -> None:
    """Trains until a linear layer can tell from the vector of a picture what stands in each place."""
    classifier = torch.nn.Linear(IMAGEBIND_NANO.embedding, sum(CLASS_COUNTS)).to(choose_device())
    spread = IMAGEBIND_NANO.embedding**0.5  # the numbers of a vector of length 1 are small

    def losses_of_step(step: int) -> Iterator[Tensor]:
        scenes = training_scenes(step, recipe.batch_size)
        labels = torch.from_numpy(np.stack([scene_labels(scene) for scene in scenes])).to(choose_device())
        # (scenes, labels)
        vectors = encoders.embed("vision", render_modality("vision", scenes))  # (scenes, embedding)
        logits = classifier(spread * vectors).split(CLASS_COUNTS, dim=-1)  # labels x (scenes, classes)
        losses = [attribute_loss(of_label, labels[:, number]) for number, of_label in enumerate(logits)]
        yield torch.stack(losses).sum()  # ()

    trained = [*_parameters(encoders, "vision"), *classifier.parameters()]
    fit(trained, recipe, losses_of_step, report_progress, name="bound vision")


def _bind(
    encoders: ImageBindEncoders, modality: Modality, recipe: TrainingRecipe, report_progress: ProgressCallback
) -> None:
    """Trains an encoder until its vector of a scene is nearest to that of the scene's picture, and the other way."""
    places = torch.arange(recipe.batch_size, device=choose_device())  # (scenes,)

    def losses_of_step(step: int) -> Iterator[Tensor]:
        scenes = training_scenes(step, recipe.batch_size)
        with torch.no_grad():
            pictures = encoders.embed("vision", render_modality("vision", scenes))  # (scenes, embedding)
        vectors = encoders.embed(modality, render_modality(modality, scenes))  # (scenes, embedding)
        similarities = vectors @ pictures.T  # (scenes, pictures)
        yield (cross_entropy(similarities, places) + cross_entropy(similarities.T, places)) / 2  # ()

    fit(_parameters(encoders, modality), recipe, losses_of_step, report_progress, name=f"bound {modality}")


def _parameters(encoders: ImageBindEncoders, modality: Modality) -> list[torch.nn.Parameter]:
    """The parameters of one encoder."""
    return [parameter for name, parameter in encoders.named_parameters() if name.split(".")[1] == modality]


def _vision_weights(tower: Blip2VisionModel) -> dict[str, Tensor]:
    """The weights of a tower of BLIP-2's kind under the names of ImageBind; a still picture counts as two frames."""
    weights = tower.state_dict()
    patch = weights["embeddings.patch_embedding.weight"]  # (width, 3, patch, patch)
    positions = weights["embeddings.position_embedding"].clone()  # (1, 1 + patches, width)
    positions[:, 1:] += weights["embeddings.patch_embedding.bias"]
    stem = "modality_preprocessors.vision."
    return {
        f"{stem}cls_token": weights["embeddings.class_embedding"],
        f"{stem}rgbt_stem.proj.1.weight": patch[:, :, None].expand(-1, -1, 2, -1, -1) / 2,
        f"{stem}pos_embedding_helper.pos_embed": positions,
        **{_name_in_trunk(name): weight for name, weight in weights.items() if name.startswith("encoder.layers.")},
    }


def _name_in_trunk(name: str) -> str:
    for old, new in _NAMES_IN_TRUNK.items():
        name = name.replace(old, new)
    return name


_NAMES_IN_TRUNK: Mapping[str, str] = {
    "encoder.layers.": "modality_trunks.vision.blocks.",
    "layer_norm": "norm_",
    "self_attn.qkv.": "attn.in_proj_",
    "self_attn.projection": "attn.out_proj",
}
_RENDERERS: Mapping[Modality, Callable[[Sequence[Scene]], Tensor]] = {
    "vision": lambda scenes: torch.from_numpy(render_pixels(scenes)),
    "depth": lambda scenes: torch.stack(
        [normalised_disparity(depth_of(scene, IMAGEBIND_NANO.side), IMAGEBIND_NANO.side) for scene in scenes]
    ),
    "audio": lambda scenes: torch.from_numpy(np.stack([spectrogram(tones_of(scene)) for scene in scenes]))[:, None],
}
