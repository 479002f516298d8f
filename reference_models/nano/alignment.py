"""The feature alignment of the nano models that are tuned: on captions and statements they learn to see."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from torch import Tensor
from torch.nn import Parameter

from reference_models.nano.scene_pictures import scene_picture
from reference_models.nano.scene_statements import describe_scene
from reference_models.nano.training_scenes import TRAINING_SEED
from reference_models.training.batches import BatchPlan, BatchSource
from reference_models.training.examples import Example, Examples
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit
from vlitqa.contracts.models import ReferenceModel
from vlitqa.contracts.tools import Picture
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.datasets import CAPTION_TEMPLATES
from vlitqa.shapes.drawing import SMALL, USUAL
from vlitqa.shapes.scenes import scene_of


def align(
    model: ReferenceModel,
    parameters: Iterable[Parameter],
    recipe: TrainingRecipe,
    report_progress: ProgressCallback,
) -> None:
    """Trains parameters of a model on descriptions of scenes, each of which is seen once."""
    scenes = range(recipe.steps * recipe.batch_size)
    examples = [Example(record, model.document(record)) for record in map(description_record, scenes)]
    model.module.train()
    plan = BatchPlan(batch_size=recipe.batch_size, seed=recipe.seed)
    with closing(BatchSource(Examples(examples, ()), model, TrainingImages(), plan)) as source:

        def losses_of_step(step: int) -> Iterator[Tensor]:
            return source.step(step).losses(model)

        fit(parameters, recipe, losses_of_step, report_progress, name=model.name)
    model.module.eval()


def description_record(number: int) -> Record:
    """A record that describes a scene of the training."""
    dice = random.Random(f"{TRAINING_SEED} {number}")
    turn = Turn(dice.choice(CAPTION_TEMPLATES), describe_scene(scene_of(TRAINING_SEED, number), dice), (0,))
    return Record((turn,), (ImageRef(str(number)),), str(number))


@dataclass(frozen=True, slots=True)
class TrainingImages:
    """Draws the scenes of the training; every second one is drawn large, as those of the datasets are."""

    def look(self, ref: ImageRef, _side: int) -> Picture:
        """The picture of a scene by its number."""
        number = int(ref.name)
        return scene_picture(TRAINING_SEED, number, USUAL if number % 2 else SMALL)

    def fingerprint(self, ref: ImageRef) -> str:
        """The number of the scene: its picture never changes."""
        return ref.name
