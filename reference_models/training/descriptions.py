"""The file beside a model's weights that says which reference model they are of, and what its class adds to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from vlitqa.errors import ToolMissing, UsageError, VlitqaError
from vlitqa.storage.atomic import replacing

DESCRIPTION_FILE = "vlitqa.json"
TUNED_MODEL = "model"
"""The folder of the tuned model in that of its tuning."""


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """The kind of a model, and its settings by name."""

    model: str
    settings: Mapping[str, str] = field(default_factory=dict)


def write_description(folder: Path, description: ModelDescription) -> None:
    """Writes the description of a model beside its weights."""
    with replacing(folder / DESCRIPTION_FILE) as file:
        file.write(msgspec.json.format(msgspec.json.encode(description)) + b"\n")


def read_description(folder: Path) -> ModelDescription | None:
    """The description in a folder, or None where it was not saved by vlitqa; raises UsageError where it is damaged."""
    path = folder / DESCRIPTION_FILE
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=ModelDescription)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error})", repair="Save the model again, or name another.") from None


def refuse_other_model(folder: Path, name: str) -> ModelDescription | None:
    """The description in a folder; raises UsageError where it is one of another model."""
    description = read_description(folder)
    if description and description.model != name:
        message = f"{folder} holds a model of the kind {description.model}, not {name}"
        raise UsageError(message, repair=f"Write --model {description.model}, or name another folder.")
    return description


@contextmanager
def loading_errors(source: str) -> Iterator[None]:
    """Turns what libraries raise over damaged weights into an error that a user can repair."""
    try:
        yield
    except VlitqaError:
        raise
    except Exception as error:  # noqa: BLE001 - safetensors, torch and transformers each raise their own
        raise ToolMissing(f"{source} cannot be loaded ({error})", repair="Fetch it again, or name another.") from None
