"""The vision tower of the nano judge: a vision transformer that first learns what each patch of a picture shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy
from transformers import CLIPVisionConfig, CLIPVisionModel

from reference_models.nano.encoder import render_pixels
from reference_models.nano.training_scenes import training_scenes
from reference_models.training.devices import choose_device, move_to_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit
from vlitqa.shapes.drawing import SMALL, plate_of
from vlitqa.shapes.scenes import BACKGROUNDS, COLOURS, CONTACTS, FILLS, PLACES, SHAPES, SIGN_WORDS, SIZES, Box, Scene

PATCH_SIZE = 8
FEATURE_WIDTH = 128
"""The width of a patch's feature vector, and of every layer of the judge."""
TOWER_CONFIG = {
    "image_size": SMALL,
    "patch_size": PATCH_SIZE,
    "hidden_size": FEATURE_WIDTH,
    "intermediate_size": 4 * FEATURE_WIDTH,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
}
_PATCHES_PER_SIDE = SMALL // PATCH_SIZE
PATCH_CLASSES: Mapping[str, tuple[str, ...]] = {
    "background": BACKGROUNDS,
    "shape": SHAPES,
    "colour": COLOURS,
    "size": tuple(SIZES),
    "fill": FILLS,
    "place": PLACES,
    "contact": CONTACTS,
    "word": SIGN_WORDS,
}
"""The attributes of a patch with their classes; most patches lack most attributes."""
_ABSENT_WEIGHT = 0.3
"""The weight of patches that lack an attribute, beside 1 for those that have it."""


def train_tower(recipe: TrainingRecipe, report_progress: ProgressCallback) -> CLIPVisionModel:
    """Trains a vision model in CLIP's shape to know what each patch shows."""
    torch.manual_seed(recipe.seed)
    tower = move_to_device(CLIPVisionModel(CLIPVisionConfig.from_dict(TOWER_CONFIG)))

    def patch_features(pixels: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = tower(pixels).last_hidden_state[:, 1:]  # (batch, patches, width)
        return features

    train_patch_features(tower, patch_features, recipe, report_progress, name="tower")
    return tower


def save_tower(tower: CLIPVisionModel, folder: Path) -> None:
    """Saves a tower as transformers loads it."""
    tower.save_pretrained(folder)


def train_patch_features(
    module: torch.nn.Module,
    patch_features: Callable[[torch.Tensor], torch.Tensor],
    recipe: TrainingRecipe,
    report_progress: ProgressCallback,
    *,
    name: str,
) -> None:
    """Trains a module until a linear layer can tell from its features of a patch what the patch shows."""
    class_counts = [len(classes) + 1 for classes in PATCH_CLASSES.values()]
    classifier = torch.nn.Linear(FEATURE_WIDTH, sum(class_counts)).to(choose_device())

    def losses_of_step(step: int) -> Iterator[torch.Tensor]:
        scenes = training_scenes(step, recipe.batch_size)
        labels = np.stack([patch_labels(scene) for scene in scenes])  # (batch, attributes, patches)
        targets = torch.from_numpy(labels).to(choose_device())  # (batch, attributes, patches)
        pixels = torch.from_numpy(render_pixels(scenes)).to(choose_device())  # (batch, 3, side, side)
        logits = classifier(patch_features(pixels)).split(
            class_counts, dim=-1
        )  # attributes x (batch, patches, classes)
        losses = [
            attribute_loss(attribute_logits.flatten(0, 1), targets[:, attribute].flatten())  # ()
            for attribute, attribute_logits in enumerate(logits)
        ]
        yield torch.stack(losses).sum()  # ()

    fit([*module.parameters(), *classifier.parameters()], recipe, losses_of_step, report_progress, name=name)


def patch_labels(scene: Scene) -> NDArray[np.int64]:
    """The class of every patch in every attribute, counted from 1; 0 where a patch lacks the attribute."""
    shape = (_PATCHES_PER_SIDE, _PATCHES_PER_SIDE)
    labels = {attribute: np.zeros(shape, np.int64) for attribute in PATCH_CLASSES}
    for box, classes in _boxes_from_back_to_front(scene):
        covered = np.ix_(_covered_patches(box[1], box[3]), _covered_patches(box[0], box[2]))
        for attribute, name in classes.items():
            labels[attribute][covered] = 1 + PATCH_CLASSES[attribute].index(name) if name else 0
    return np.stack(list(labels.values())).reshape(len(PATCH_CLASSES), -1)  # (attributes, patches)


def _boxes_from_back_to_front(scene: Scene) -> Iterator[tuple[Box, Mapping[str, str]]]:
    """Yields a box for all that is drawn, with the class of its attributes; empty where it takes one away."""
    yield (0, 0, 1, 1), {"background": scene.background}
    for number, thing in reversed(list(enumerate(scene.things))):
        meets = scene.contact and number in (scene.contact.first, scene.contact.second)
        contact = scene.contact.kind if meets and scene.contact else ""
        look = {"shape": thing.shape, "colour": thing.colour, "size": thing.size, "fill": thing.fill}
        yield thing.box, {**look, "place": thing.place, "contact": contact}
    if scene.sign:
        yield plate_of(scene.sign), {"place": scene.sign.place, "word": scene.sign.word}


def _covered_patches(low: float, high: float) -> NDArray[np.bool_]:
    """Marks the patches along a side whose middle lies between two edges, and the patch halfway between them."""
    middles = (np.arange(_PATCHES_PER_SIDE) + 0.5) / _PATCHES_PER_SIDE  # (patches of a side,)
    covered = (middles > low) & (middles < high)  # (patches of a side,)
    covered[int((low + high) / 2 * _PATCHES_PER_SIDE)] = True
    return covered


def attribute_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Adds the mean loss of patches that have the attribute and, with less weight, that of patches that lack it."""
    losses = cross_entropy(logits, targets, reduction="none")  # (batch * patches,)
    is_present = targets > 0  # (batch * patches,)
    return _masked_mean(losses, is_present) + _ABSENT_WEIGHT * _masked_mean(losses, ~is_present)  # ()


def _masked_mean(losses: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return (losses * mask).sum() / mask.sum().clamp(min=1)  # ()
