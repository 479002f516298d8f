"""The reference models by name, loaded when they are opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reference_models.training.descriptions import DESCRIPTION_FILE, TUNED_MODEL, read_description
from reference_models.training.recipe import TuningRecipe
from vlitqa import __version__
from vlitqa.backends.model_files import cached_file, digest_of_folder, folder_named, require
from vlitqa.catalogue import suggestion
from vlitqa.contracts.models import ReferenceModel
from vlitqa.errors import UsageError
from vlitqa.plugins.tables import PluggableTable

MODELS = PluggableTable(
    "models",
    {
        "llava": "reference_models.llava.presets",
        "blip2": "reference_models.blip2.presets",
        "openflamingo": "reference_models.openflamingo.presets",
        "mim": "reference_models.mim.presets",
        "imagebind_llm": "reference_models.imagebind_llm.presets",
    },
)
"""The module of each model that has `open_model(source)` and `TUNING_RECIPES`."""
PRESETS: Mapping[str, str] = {
    "paper": "the published checkpoint, from the hub's cache",
    "nano": "comes with vlitqa: small, trained on captions of drawn shapes, tuned in minutes on a CPU",
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
        model: ReferenceModel = MODELS.load(self.name).open_model(self.source)
        return model

    def identity(self) -> str:
        """A text that changes with what it begins from, as far as that can be seen without loading it."""
        folder = folder_named(f"vlitqa/nano-{self.name}" if self.source == "nano" else self.source)
        if folder is not None:
            return digest_of_folder(folder) if folder.is_dir() else "missing"
        config = None if self.source in PRESETS else cached_file(self.source, "config.json")
        return config.parent.name if config else self.source  # the hub's cache names a folder by its revision

    def recipe(self) -> TuningRecipe:
        """The recipe of its preset; that of the paper for any other source."""
        recipes: Mapping[str, TuningRecipe] = MODELS.load(self.name).TUNING_RECIPES
        return recipes.get(self.source, recipes["paper"])


def choose_model(name: str, source: str) -> ModelChoice:
    """Checks the name of a model; raises UsageError for one that is not there."""
    if name not in MODELS:
        raise UsageError(f"There is no model {name!r}.", repair=suggestion(name, MODELS))
    return ModelChoice(name, source)


@dataclass(frozen=True)
class SavedModel:
    """A reference model in a folder that vlitqa wrote."""

    kind: str
    folder: Path
    name: str
    """That of its tuning, where it lies in the folder of one."""

    @cached_property
    def identity(self) -> str:
        """A text that changes with its weights, its description, and the version of the code that answers."""
        return f"{self.kind} {digest_of_folder(self.folder)} vlitqa {__version__}"

    def open(self) -> ReferenceModel:
        """Loads the model on the device of this machine; raises ToolMissing or UsageError where it is damaged."""
        require("torch", "transformers")
        from reference_models.training.devices import move_to_device

        model = ModelChoice(self.kind, str(self.folder.absolute())).open()
        move_to_device(model.module)
        return model


def find_saved_model(folder: Path) -> SavedModel:
    """The model in a folder, or in that of its tuning; raises UsageError where vlitqa saved none there."""
    places = (folder, folder / TUNED_MODEL)
    place = next((place for place in places if (place / DESCRIPTION_FILE).is_file()), None)
    description = read_description(place) if place else None
    if place is None or description is None:
        raise UsageError(
            f"{folder} holds no model that vlitqa saved (no {DESCRIPTION_FILE})."
            if folder.is_dir()
            else f"--model {folder} is no folder, and no name of a model.",
            repair=f"Names are {', '.join(MODELS)}; or name a folder that `vlitqa tune` wrote, such as runs/tune-…; "
            "where a tuning was stopped, give its command again first.",
        )
    if description.model not in MODELS:
        message = f"{place / DESCRIPTION_FILE} names a model of the kind {description.model!r}, which is none."
        raise UsageError(message, repair=suggestion(description.model, MODELS))
    path = place.resolve()
    return SavedModel(description.model, place, path.parent.name if path.name == TUNED_MODEL else path.name)
