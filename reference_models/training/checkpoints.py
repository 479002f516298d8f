"""Checkpoints of a training run: parameters, states of the optimizers and of the random numbers, and the step."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import Parameter

from reference_models.training.disk import weight_disk_errors
from reference_models.training.processes import Processes
from reference_models.training.sharded_tensors import spread_like, whole_tensor
from reference_models.training.trainer import Training
from vlitqa.errors import RunError

_PARAMETER, _STATE, _RANDOM, _GPU_RANDOM = "parameter/", "state/", "random", "random of the GPU"


def save_checkpoint(path: Path, names: Mapping[str, Parameter], training: Training) -> None:
    """Writes a checkpoint in the place of an earlier one, whole or not at all; of several processes the first does."""
    held = _held(names, training)
    tensors = dict(_whole_tensors(held, training)) | dict(_random_states(training.processes))
    if not training.processes.is_first:
        return
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
        file = safe_open(path, "pt")
        metadata, keys = file.metadata(), list(file.keys())  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 - safetensors raises its own
        message = f"the checkpoint {path} cannot be read ({error})"
        raise RunError(message, repair="Delete it to begin anew.") from None
    held = _held(names, training)
    with torch.no_grad():
        for name, parameter in held.items():
            whole: Tensor = file.get_tensor(f"{_PARAMETER}{name}")  # type: ignore[no-untyped-call]
            parameter.copy_(spread_like(parameter, whole.to(parameter.device)))
    training.parameters.publish()
    _restore_states(held, training, keys, file.get_tensor)
    training.steps_done = int(metadata["step"])
    _restore_random_states(training.processes, keys, file.get_tensor)


def _held(names: Mapping[str, Parameter], training: Training) -> Mapping[str, Parameter]:
    """The parameters that the optimizers hold, by their names in the model."""
    return dict(zip(names, training.parameters.held, strict=True))


def _whole_tensors(held: Mapping[str, Parameter], training: Training) -> Iterator[tuple[str, Tensor]]:
    """Parameters and states of the optimizers; the first of several processes gathers them outside of the GPU."""
    parameters = ((f"{_PARAMETER}{name}", parameter) for name, parameter in held.items())
    for key, tensor in chain(parameters, _states(held, training)):
        whole = whole_tensor(tensor.detach())
        if training.processes.is_first:
            yield key, whole.cpu() if training.processes.are_several else whole


def _states(names: Mapping[str, Parameter], training: Training) -> Iterator[tuple[str, Tensor]]:
    """The states that the optimizers keep of each parameter, under its name."""
    names_of = {id(parameter): name for name, parameter in names.items()}
    for optimizer in training.optimizers:
        for parameter, states in optimizer.state.items():
            for key, state in states.items():
                yield f"{_STATE}{key}/{names_of[id(parameter)]}", state


def _random_states(processes: Processes) -> Iterator[tuple[str, Tensor]]:
    """The states of the random numbers of every process."""
    states = {_RANDOM: torch.get_rng_state()}
    if torch.cuda.is_available():
        states[_GPU_RANDOM] = torch.cuda.get_rng_state()
    for name, state in states.items():
        for rank, message in enumerate(processes.gather(state.numpy().tobytes())):
            yield _of_process(name, rank), torch.frombuffer(bytearray(message), dtype=torch.uint8)


def _of_process(name: str, rank: int) -> str:
    return f"{name} of process {rank + 1}" if rank else name


def _restore_states(
    names: Mapping[str, Parameter], training: Training, keys: Iterable[str], get_tensor: Callable[[str], Tensor]
) -> None:
    optimizers = {
        id(parameter): optimizer
        for optimizer in training.optimizers
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    for key in keys:
        if key.startswith(_STATE):
            state, _, name = key.removeprefix(_STATE).partition("/")
            parameter, whole = names[name], get_tensor(key)
            optimizer = optimizers[id(parameter)]
            if whole.ndim:
                whole = spread_like(parameter, whole.to(parameter.device))
            elif optimizer.defaults.get("fused"):
                whole = whole.to(parameter.device)  # a counter of steps, where the kernel looks for it
            optimizer.state[parameter][state] = whole


def _restore_random_states(processes: Processes, keys: Collection[str], get_tensor: Callable[[str], Tensor]) -> None:
    """Those of this process; of the first, where fewer processes wrote the checkpoint."""
    names = {name: _of_process(name, processes.rank) for name in (_RANDOM, _GPU_RANDOM)}
    states = {name: get_tensor(key if key in keys else name) for name, key in names.items() if name in keys}
    torch.set_rng_state(states[_RANDOM])
    if torch.cuda.is_available() and _GPU_RANDOM in states:
        torch.cuda.set_rng_state(states[_GPU_RANDOM])
