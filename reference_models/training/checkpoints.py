"""Checkpoints of a training run: parameters, states of the optimizers and of the random numbers, and the step."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import Parameter

from reference_models.training.disk import weight_disk_errors
from reference_models.training.trainer import Training
from vlitqa.errors import RunError

_PARAMETER, _STATE, _RANDOM, _GPU_RANDOM = "parameter/", "state/", "random", "random of the GPU"


def save_checkpoint(path: Path, names: Mapping[str, Parameter], training: Training) -> None:
    """Writes a checkpoint in the place of an earlier one, whole or not at all."""
    held = _held(names, training)
    tensors = {f"{_PARAMETER}{name}": parameter.detach() for name, parameter in held.items()}
    tensors |= {key: state.detach() for key, state in _states(held, training)}
    tensors[_RANDOM] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors[_GPU_RANDOM] = torch.cuda.get_rng_state()
    unfinished = path.with_name(f".{path.name}.part")
    with weight_disk_errors(path):
        try:
            save_file(
                {name: tensor.contiguous() for name, tensor in tensors.items()},
                unfinished,
                {"step": str(training.steps_done)},
            )
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def restore_checkpoint(path: Path, names: Mapping[str, Parameter], training: Training) -> None:
    """Brings parameters, optimizers and random numbers to where they were when a checkpoint was written."""
    try:
        with safe_open(path, "pt") as file:
            metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except Exception as error:  # noqa: BLE001 - safetensors raises its own
        message = f"the checkpoint {path} cannot be read ({error})"
        raise RunError(message, repair="Delete it to begin anew.") from None
    held = _held(names, training)
    with torch.no_grad():
        for name, parameter in held.items():
            parameter.copy_(tensors[f"{_PARAMETER}{name}"])
    training.parameters.publish()
    _restore_states(held, training, tensors)
    training.steps_done = int(metadata["step"])
    torch.set_rng_state(tensors[_RANDOM])
    if torch.cuda.is_available() and _GPU_RANDOM in tensors:
        torch.cuda.set_rng_state(tensors[_GPU_RANDOM])


def _held(names: Mapping[str, Parameter], training: Training) -> Mapping[str, Parameter]:
    """The parameters that the optimizers hold, by their names in the model."""
    return dict(zip(names, training.parameters.held, strict=True))


def _states(names: Mapping[str, Parameter], training: Training) -> Iterator[tuple[str, Tensor]]:
    """The states that the optimizers keep of each parameter, under its name."""
    names_of = {id(parameter): name for name, parameter in names.items()}
    for optimizer in training.optimizers:
        for parameter, states in optimizer.state.items():
            for key, state in states.items():
                yield f"{_STATE}{key}/{names_of[id(parameter)]}", state


def _restore_states(names: Mapping[str, Parameter], training: Training, tensors: Mapping[str, Tensor]) -> None:
    optimizers = {
        id(parameter): optimizer
        for optimizer in training.optimizers
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    for key in tensors:
        if key.startswith(_STATE):
            state, _, name = key.removeprefix(_STATE).partition("/")
            parameter = names[name]
            place = parameter.device if tensors[key].ndim else torch.device("cpu")  # a counter of steps
            optimizers[id(parameter)].state[parameter][state] = tensors[key].to(place)
