"""Loads an OpenFlamingo from the one folder that it was saved in, and refuses what is damaged, foreign or unsafe."""

from __future__ import annotations

from pathlib import Path

import msgspec
from transformers import PreTrainedTokenizerFast

from reference_models.openflamingo.assembly import FlamingoConfig, make_empty_network
from reference_models.openflamingo.model import OpenFlamingo
from reference_models.openflamingo.saving import KIND
from reference_models.training.descriptions import loading_errors, refuse_other_model
from reference_models.training.model_folder import CONFIG_FILE
from reference_models.training.safe_weights import WEIGHTS_FILE, fill_network, read_weights, refuse_pickles
from vlitqa.backends.model_files import folder_named, read_json_object, refuse_partial_model
from vlitqa.errors import ToolMissing, UsageError

_REPAIR = "Name another folder, or save the model again."


def load_openflamingo(source: str) -> OpenFlamingo:
    """Loads what was saved here, from its folder or as a model that comes with vlitqa."""
    folder = folder_named(source) or Path(source)
    if not folder.is_dir():
        raise ToolMissing(f"{source} is no folder", repair="Name the folder of a tuned OpenFlamingo, or a preset.")
    config = _read_config(folder)
    refuse_pickles(folder)
    refuse_partial_model(folder, _REPAIR)
    with loading_errors(str(folder)):
        network = make_empty_network(config)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    fill_network(network, read_weights(folder / WEIGHTS_FILE), folder)
    return OpenFlamingo(network=network.eval(), tokenizer=tokenizer, config=config)


def _read_config(folder: Path) -> FlamingoConfig:
    """The description of a network in a folder; raises UsageError where it is one of another model."""
    refuse_other_model(folder, KIND)
    path = folder / CONFIG_FILE
    if not path.is_file() or read_json_object(path).get("model_type") != KIND:
        raise UsageError(f"{folder} holds no {KIND} that was saved here", repair="Name a folder that was tuned here.")
    try:
        return msgspec.json.decode(path.read_bytes(), type=FlamingoConfig)
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} does not describe a network ({error})", repair=_REPAIR) from None
