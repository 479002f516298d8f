"""Loads an OpenFlamingo from the one folder that it was saved in, and refuses what is damaged, foreign or unsafe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from reference_models.openflamingo.assembly import FlamingoConfig, make_empty_network
from reference_models.openflamingo.model import OpenFlamingo
from reference_models.openflamingo.network import FlamingoNetwork
from reference_models.openflamingo.saving import CONFIG_FILE, KIND, WEIGHTS_FILE
from reference_models.training.descriptions import loading_errors, refuse_other_model
from vlitqa.backends.model_files import folder_named, read_json_object, refuse_partial_model
from vlitqa.errors import ToolMissing, UsageError

_REPAIR = "Name another folder, or save the model again."
_PICKLES = ("*.pt", "*.pth", "*.bin", "*.pkl", "*.ckpt")


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


def read_weights(path: Path) -> dict[str, Tensor]:
    """Reads safetensors; raises UsageError where the file is cut or damaged."""
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        repair = "Fetch or save it again: the file is cut or damaged."
        raise UsageError(f"{path} cannot be read ({error})", repair=repair) from None


def fill_network(network: FlamingoNetwork, weights: Mapping[str, Tensor], folder: Path) -> None:
    """Gives a network its weights in single precision; raises UsageError for the first that does not fit."""
    expected = network.state_dict()
    for name in sorted(expected.keys() ^ weights.keys()):
        fault = "lacks" if name in expected else "has an unknown weight,"
        raise UsageError(f"{folder} {fault} {name}", repair="Its weights and its config.json do not belong together.")
    for name, weight in weights.items():
        if weight.shape != expected[name].shape:
            sizes = f"{tuple(weight.shape)} and not {tuple(expected[name].shape)}"
            raise UsageError(f"{folder}: {name} has the shape {sizes}", repair=_REPAIR)
    trained = {name for name, _ in network.trained_parameters()}
    network.load_state_dict({name: weight.float() for name, weight in weights.items()}, assign=True)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name in trained)


def refuse_pickles(folder: Path) -> None:
    """Raises ToolMissing where weights are there, but only in a format that can hold code."""
    pickles = [path for pattern in _PICKLES for path in sorted(folder.glob(pattern))]
    if pickles and not any(folder.glob("*.safetensors")):
        raise ToolMissing(f"{pickles[0]} can hold code, and is not read", repair=conversion_of(pickles[0]))


def conversion_of(pickle: Path) -> str:
    """The command that turns weights into safetensors, with torch's reader that runs no code."""
    program = (
        "import sys, torch; from safetensors.torch import save_file; "
        "w = torch.load(sys.argv[1], 'cpu', weights_only=True); w = w.get('model_state_dict', w); "
        "save_file({k: v.clone().contiguous() for k, v in w.items()}, sys.argv[2])"
    )
    return f'Convert it: python -c "{program}" {pickle} {pickle.parent / WEIGHTS_FILE}'
