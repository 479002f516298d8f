"""The reference models by name, loaded when they are opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from reference_models.training.recipe import TuningRecipe
from vlitqa.catalogue import suggestion
from vlitqa.contracts.models import ReferenceModel
from vlitqa.errors import UsageError

MODELS: Mapping[str, str] = {
    "llava": "reference_models.llava.presets",
    "blip2": "reference_models.blip2.presets",
    "openflamingo": "reference_models.openflamingo.presets",
}
"""The module of each model that has `open_model(source)` and `TUNING_RECIPES`."""
PRESETS: Mapping[str, str] = {
    "paper": "the published checkpoint, from the hub's cache",
    "tiny": "random weights, to try a command or a dataset in seconds",
}
"""Where a model can begin, beside a folder and a name of the hub."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A reference model that a user named: its kind, and the preset, folder or name of the hub."""

    name: str
    source: str

    def open(self) -> ReferenceModel:
        """Loads the model; raises ToolMissing where it lacks something."""
        import transformers

        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it would be drawn over our own
        model: ReferenceModel = import_module(MODELS[self.name]).open_model(self.source)
        return model

    def recipe(self) -> TuningRecipe:
        """The recipe of its preset; that of the paper for any other source."""
        recipes: Mapping[str, TuningRecipe] = import_module(MODELS[self.name]).TUNING_RECIPES
        return recipes.get(self.source, recipes["paper"])


def choose_model(name: str, source: str) -> ModelChoice:
    """Checks the name of a model; raises UsageError for one that is not there."""
    if name not in MODELS:
        raise UsageError(f"There is no model {name!r}.", repair=suggestion(name, MODELS))
    return ModelChoice(name, source)
