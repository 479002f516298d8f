"""Weights read from safetensors and given to a network: what is cut, foreign or could hold code is refused."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import Module

from vlitqa.errors import ToolMissing, UsageError

WEIGHTS_FILE = "model.safetensors"
_REPAIR = "Name another folder, or save the model again."
_PICKLES = ("*.pt", "*.pth", "*.bin", "*.pkl", "*.ckpt")


def read_weights(path: Path, beginning: str = "") -> dict[str, Tensor]:
    """Reads safetensors, or those whose names begin so; raises UsageError where the file is cut or damaged."""
    try:
        if not beginning:
            return load_file(path)
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys() if name.startswith(beginning)}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        repair = "Fetch or save it again: the file is cut or damaged."
        raise UsageError(f"{path} cannot be read ({error})", repair=repair) from None


def fill_network(network: Module, weights: Mapping[str, Tensor], folder: Path) -> None:
    """Gives a network its weights in single precision; raises UsageError for the first that does not fit.

    What was frozen stays frozen, and whole numbers stay whole; a weight that has two names is filled by the first.
    """
    repeated = weights_under_two_names(network)
    expected = {name: weight for name, weight in network.state_dict().items() if name not in repeated}
    for name in sorted(expected.keys() ^ weights.keys()):
        fault = "lacks" if name in expected else "has an unknown weight,"
        raise UsageError(f"{folder} {fault} {name}", repair="Its weights and its config.json do not belong together.")
    for name, weight in weights.items():
        if weight.shape != expected[name].shape:
            sizes = f"{tuple(weight.shape)} and not {tuple(expected[name].shape)}"
            raise UsageError(f"{folder}: {name} has the shape {sizes}", repair=_REPAIR)
    learns = {name: parameter.requires_grad for name, parameter in network.named_parameters()}
    filled = {name: weight.float() if weight.is_floating_point() else weight for name, weight in weights.items()}
    network.load_state_dict(filled, assign=True, strict=not repeated)
    for name, first in repeated.items():
        parent_name, _, last = name.rpartition(".")
        setattr(network.get_submodule(parent_name), last, network.get_parameter(first))
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(learns[name])


def weights_under_two_names(network: Module) -> dict[str, str]:
    """The later names of weights that have several, as of a table of words that is the head too; and the first name."""
    first_names: dict[int, str] = {}
    parameters = network.named_parameters(remove_duplicate=False)
    names = ((name, first_names.setdefault(id(weight), name)) for name, weight in parameters)
    return {name: first for name, first in names if name != first}


def refuse_pickles(folder: Path, wanted: str = "") -> None:
    """Raises ToolMissing where weights are there, but only in a format that can hold code.

    Of several files, the one with the wanted name is to be converted.
    """
    pickles = [path for pattern in _PICKLES for path in sorted(folder.glob(pattern))]
    pickles.sort(key=lambda path: path.name != wanted)
    if pickles and not any(folder.glob("*.safetensors")):
        raise ToolMissing(f"{pickles[0]} can hold code, and is not read", repair=conversion_of(pickles[0]))


def conversion_of(pickle: Path) -> str:
    """The command that turns weights into safetensors, with torch's reader that runs no code."""
    program = (
        "import sys, torch; from safetensors.torch import save_file; "
        "w = torch.load(sys.argv[1], 'cpu', weights_only=True); w = w.get('model_state_dict', w.get('model', w)); "
        "save_file({k: v.clone().contiguous() for k, v in w.items()}, sys.argv[2])"
    )
    paths = shlex.join([str(pickle), str(pickle.parent / WEIGHTS_FILE)])
    return f'Convert it: python -c "{program}" {paths}'
