"""The feature alignment of the nano models that are tuned: on captions and statements they learn to see."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torch.nn import Parameter

from reference_models.nano.scene_pictures import square_picture
from reference_models.nano.scene_statements import describe_scene
from reference_models.nano.training_scenes import TRAINING_SEED
from reference_models.training.batches import BatchPlan, BatchSource
from reference_models.training.examples import Example, Examples
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit
from vlitqa.contracts.models import ReferenceModel
from vlitqa.contracts.tools import Picture
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.datasets import CAPTION_TEMPLATES, picture_name
from vlitqa.shapes.drawing import SMALL, USUAL, draw_scene
from vlitqa.shapes.picture_requests import request_record, scene_named, scene_number
from vlitqa.shapes.scenes import scene_of


def description_record(number: int) -> Record:
    """A record that describes a scene of the training."""
    dice = random.Random(f"{TRAINING_SEED} {number}")
    turn = Turn(dice.choice(CAPTION_TEMPLATES), describe_scene(scene_of(TRAINING_SEED, number), dice), (0,))
    return Record((turn,), (ImageRef(picture_name(number)),), str(number))


def align(
    model: ReferenceModel,
    parameters: Iterable[Parameter],
    recipe: TrainingRecipe,
    report_progress: ProgressCallback,
    record_about: Callable[[int], Record] = description_record,
) -> None:
    """Trains parameters of a model on records about scenes, by default descriptions; each scene is seen once."""
    scenes = range(recipe.steps * recipe.batch_size)
    examples = [Example(record, model.document(record)) for record in map(record_about, scenes)]
    model.module.train()
    plan = BatchPlan(batch_size=recipe.batch_size, seed=recipe.seed)
    with closing(BatchSource(Examples(examples, ()), model, TrainingImages(), plan)) as source:

        def losses_of_step(step: int) -> Iterator[Tensor]:
            return source.step(step).losses(model)

        fit(parameters, recipe, losses_of_step, report_progress, name=model.name)
    model.module.eval()


def description_or_request(number: int) -> Record:
    """A record that describes a scene, or in every third case one of requests to draw."""
    return description_record(number) if number % 3 else request_record(TRAINING_SEED, number)


@dataclass(frozen=True, slots=True)
class TrainingImages:
    """Draws the scenes of the training; every second one is drawn large, as those of the datasets are."""

    def look(self, ref: ImageRef, _side: int) -> Picture:
        """The picture of a scene by its name."""
        is_large = scene_number(ref.name) % 2
        pixels = np.asarray(draw_scene(scene_named(TRAINING_SEED, ref.name), USUAL if is_large else SMALL))
        # (side, side, 3)
        return square_picture(pixels, digest=ref.name)

    def fingerprint(self, ref: ImageRef) -> str:
        """The name of the scene: its picture never changes."""
        return ref.name
