"""Nano models that are tuned on a dataset of the shapes world and sit its exam."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reference_models.catalogue import ModelChoice
from reference_models.nano.figures import held_out_picture
from reference_models.nano.scene_pictures import scene_picture
from reference_models.nano.training_scenes import HELD_OUT_SEED
from reference_models.training.batches import BatchPlan
from reference_models.training.examples import read_examples
from reference_models.training.tuning import Tuning, train_only
from vlitqa.algorithms.intervals import share_interval
from vlitqa.contracts.models import Prompt, ReferenceModel
from vlitqa.contracts.tools import Picture
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.datasets import records_of
from vlitqa.shapes.drawing import USUAL
from vlitqa.shapes.exams import CHOICE_LETTERS, MultipleChoice, multiple_choices_in
from vlitqa.shapes.questions import DIMENSIONS

CHANCE = 1 / len(CHOICE_LETTERS)
NO_DATASET = "none"
"""The name under which a model is asked before it is tuned."""
_DATASET_SEED = 0


@dataclass(frozen=True, slots=True)
class DrawnScenes:
    """The pictures of a dataset of the shapes world, drawn when they are looked at."""

    def look(self, ref: ImageRef, _side: int) -> Picture:
        """The picture of a scene by the name of its file."""
        return scene_picture(_DATASET_SEED, int(Path(ref.name).stem), USUAL)

    def fingerprint(self, ref: ImageRef) -> str:
        """The name of the file: its picture never changes."""
        return ref.name


def tune_on(choice: ModelChoice, dataset: str, rows: int, report_progress: Callable[[str], None]) -> ReferenceModel:
    """A model that has learned from the first rows of a dataset, by the recipe of its preset."""
    model, images = choice.open(), DrawnScenes()
    if dataset == NO_DATASET:
        return model
    examples = read_examples(records_of(dataset, _DATASET_SEED, rows), model, images)
    recipe = choice.recipe().for_examples(len(examples.learnable), seed=0)
    tuning = Tuning(
        model=model,
        parameters=train_only(model, "tuning"),
        examples=examples,
        images=images,
        recipe=recipe,
        plan=BatchPlan(batch_size=recipe.batch_size, seed=0),
    )
    with tempfile.TemporaryDirectory() as folder:
        tuning.run(Path(folder), report_progress)
    return model


def right_by_dimension(model: ReferenceModel, count: int) -> Mapping[str, int]:
    """The number of questions of each dimension, of so many, that a model answers right."""
    return {
        dimension: sum(_is_right(model, choice) for choice in multiple_choices_in(dimension, HELD_OUT_SEED, count))
        for dimension in DIMENSIONS
    }


def dimensions_above_chance(right: Mapping[str, int], count: int) -> int:
    """The number of dimensions whose interval lies above chance."""
    intervals = (share_interval(number, count) for number in right.values())
    return sum(interval is not None and interval[0] > CHANCE for interval in intervals)


def _is_right(model: ReferenceModel, choice: MultipleChoice) -> bool:
    record = Record((Turn(choice.question.text, None, (0,)),), (ImageRef(str(choice.number)),))
    (ranks,) = model.rank([Prompt(record, (held_out_picture(choice.number),))], [choice.sentences])
    best = int(np.argmax([rank.log_probability / rank.tokens for rank in ranks]))
    return CHOICE_LETTERS[best] == choice.letter
