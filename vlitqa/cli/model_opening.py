"""Opens the model that a user names, for the commands that ask it something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vlitqa.cli import screen
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.contracts.models import ReferenceModel


def open_reference(model: str, preset: str) -> tuple[ReferenceModel, str]:
    """Opens a model in a folder or by its name; returns it with the name that it is shown under."""
    from reference_models.catalogue import MODELS, choose_model, find_saved_model
    from vlitqa.backends.model_files import require

    require("torch", "transformers")
    if model in MODELS and not Path(model).is_dir():
        from reference_models.training.devices import move_to_device

        reference, name = choose_model(model, preset).open(), f"{model}-{preset}"
        move_to_device(reference.module)
    else:
        saved = find_saved_model(Path(model))
        reference, name = saved.open(), saved.name
    reference.module.eval()
    device = next(reference.module.parameters()).device.type
    screen.tell(f"{name}: {reference.name}, reads {reference.context_length:,} tokens, on {device}.")
    return reference, name


def add_visual_cache(model: ReferenceModel, path: Path) -> ReferenceModel:
    """The model with a visual cache; raises UsageError where it has none, or the file is of another model."""
    from vlitqa.contracts.conversations import BindingModel

    if not isinstance(model, BindingModel):
        message = f"{model.name} has no visual cache."
        raise UsageError(message, repair="Leave --visual-cache out, or choose imagebind_llm.")
    return model.with_visual_cache(path)
