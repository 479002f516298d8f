"""Tunings of the tiny LLaVA on the example of drawn shapes, which take a second or two."""

from __future__ import annotations

from pathlib import Path

from reference_models.llava.presets import make_tiny_llava
from reference_models.training.batches import BatchPlan
from reference_models.training.examples import read_examples
from reference_models.training.recipe import TuningRecipe
from reference_models.training.tuning import Tuning, train_only
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.reader import open_dataset

SHAPES = Path(__file__).resolve().parents[2] / "examples" / "shapes"


def tuning_of(count: int = 8, adapter_rank: int = 0, **plan: object) -> Tuning:
    """A tuning of two epochs of four steps on the example, from the same tiny weights each time."""
    model = make_tiny_llava()
    images = ImageFolder((str(SHAPES), str(SHAPES / "images")))
    with open_dataset(SHAPES / "dataset.jsonl").entries() as entries:
        examples = read_examples([entry for entry, _ in zip(entries, range(count), strict=False)], model, images)
    recipe = TuningRecipe(batch_size=2, learning_rate=1e-3, epochs=2).for_examples(count, seed=0)
    settings = BatchPlan(batch_size=2, seed=0, **plan)
    parameters = train_only(model, "tuning", adapter_rank=adapter_rank)
    return Tuning(model=model, parameters=parameters, examples=examples, images=images, recipe=recipe, plan=settings)
