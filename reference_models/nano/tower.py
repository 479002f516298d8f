"""The eye of the nano judge: a vision transformer that first learns what each patch of a picture shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from torch.nn.functional import cross_entropy

from reference_models.nano.encoder import pixels_of
from reference_models.nano.training_scenes import training_scenes
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import choose_device, fit
from vlitqa.shapes.drawing import SMALL, plate_of
from vlitqa.shapes.scenes import BACKGROUNDS, COLOURS, CONTACTS, FILLS, PLACES, SHAPES, SIZES, WORDS, Scene

LIBRARY: Any = transformers  # parts of it have no types
PATCH, WIDTH = 8, 128
CONFIG = {
    "image_size": SMALL,
    "patch_size": PATCH,
    "hidden_size": WIDTH,
    "intermediate_size": 4 * WIDTH,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
}
_SIDE = SMALL // PATCH
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "background": BACKGROUNDS,
    "shape": SHAPES,
    "colour": COLOURS,
    "size": tuple(SIZES),
    "fill": FILLS,
    "place": PLACES,
    "contact": CONTACTS,
    "word": WORDS,
}
"""What is known of a patch, and the answers there are; most patches have none to most."""
_NOTHING = 0.3
Labels = np.ndarray[Any, np.dtype[np.int64]]
Box = tuple[float, float, float, float]


def labels_of(scene: Scene) -> Labels:
    """For each kind of knowledge and each patch the number of the answer, 0 where there is none.  # (kinds, patches)"""
    found = {kind: np.zeros((_SIDE, _SIDE), np.int64) for kind in _KNOWN}
    for box, told in _shown(scene):
        here = np.ix_(_covered(box[1], box[3]), _covered(box[0], box[2]))
        for kind, answers in _KNOWN.items():
            if kind in told:
                found[kind][here] = 1 + answers.index(told[kind]) if told[kind] else 0
    return np.stack(list(found.values())).reshape(len(_KNOWN), -1)


def _shown(scene: Scene) -> Iterator[tuple[Box, Mapping[str, str]]]:
    """What is seen where, from the bottom to the top."""
    yield (0, 0, 1, 1), {"background": scene.background}
    for number, thing in reversed(list(enumerate(scene.things))):
        meets = scene.contact and number in (scene.contact.first, scene.contact.second)
        contact = scene.contact.kind if meets and scene.contact else ""
        look = {"shape": thing.shape, "colour": thing.colour, "size": thing.size, "fill": thing.fill}
        yield thing.box, {**look, "place": thing.place, "contact": contact}
    if scene.sign:
        yield plate_of(scene.sign), {"place": scene.sign.place, "word": scene.sign.word}


def _covered(low: float, high: float) -> Any:
    """The patches of a row whose middle lies between two edges, and that in which their own middle lies."""
    middles = (np.arange(_SIDE) + 0.5) / _SIDE
    found = (middles > low) & (middles < high)
    found[int((low + high) / 2 * _SIDE)] = True
    return found


def seeing(recipe: TrainingRecipe, tell: ProgressCallback) -> Any:
    """A vision model of transformers in CLIP's shape that knows what each patch shows."""
    torch.manual_seed(recipe.seed)
    tower = LIBRARY.CLIPVisionModel(LIBRARY.CLIPVisionConfig(**CONFIG)).to(choose_device())
    learn_patches("tower", tower, lambda pixels: tower(pixels).last_hidden_state[:, 1:], recipe, tell)
    return tower


def learn_patches(
    name: str, learner: Any, seen: Callable[[Any], Any], recipe: TrainingRecipe, tell: ProgressCallback
) -> None:
    """Trains whatever gives a vector to each patch, so that a linear layer can tell what the patch shows."""
    sizes = [len(answers) + 1 for answers in _KNOWN.values()]
    head = torch.nn.Linear(WIDTH, sum(sizes)).to(choose_device())

    def loss_of(step: int) -> Any:
        scenes = training_scenes(step, recipe.batch_size)
        wanted = torch.from_numpy(np.stack([labels_of(each) for each in scenes])).to(choose_device())
        told = head(seen(torch.from_numpy(pixels_of(scenes)).to(choose_device()))).split(sizes, dim=-1)
        return sum(_loss(each.flatten(0, 1), wanted[:, kind].flatten()) for kind, each in enumerate(told))

    fit([*learner.parameters(), *head.parameters()], recipe, loss_of, tell, name=name)


def _loss(logits: Any, wanted: Any) -> Any:
    """Of one kind of knowledge, where there is something to tell; less where there is nothing, as most often."""
    losses, there = cross_entropy(logits, wanted, reduction="none"), wanted > 0
    return _mean(losses, there) + _NOTHING * _mean(losses, ~there)


def _mean(losses: Any, there: Any) -> Any:
    return (losses * there).sum() / there.sum().clamp(min=1)


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """As transformers keeps a vision model."""
    model.save_pretrained(folder)
