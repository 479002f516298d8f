"""What a tuning costs: the memory of its parameters, and the time of one step that is computed and not taken."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import closing

import torch

from reference_models.training.memory import BYTES_OF_A_TRAINED_WEIGHT
from reference_models.training.prompts import device_of
from reference_models.training.trainer import differentiate
from reference_models.training.tuning import Tuning


def describe_costs(tuning: Tuning) -> Iterator[str]:
    """Lines about memory and time; each of several processes has to ask for them."""
    weights = sum(parameter.nbytes for parameter in tuning.model.module.parameters())
    trained = sum(parameter.numel() for parameter in tuning.parameters.values())
    held = trained * BYTES_OF_A_TRAINED_WEIGHT[tuning.precision]
    device, is_shared = device_of(tuning.model), tuning.processes.are_several
    shared = f", shared by {tuning.processes.count:,} processes" if is_shared else ""
    yield f"{tuning.precision}: weights {_size(weights)}, gradients and what the optimizer holds {_size(held)}{shared}"
    seconds, targets, tokens = _seconds_of_a_step(tuning)
    steps = tuning.recipe.steps
    yield f"one step: {seconds:.1f} s for {tokens:,} tokens, of which {targets:,} are learned"
    yield f"all {steps:,} steps: about {_duration(steps * seconds)} on {device.type if is_shared else device}{shared}"
    of_first = " of the first process" if is_shared else ""
    yield f"memory{of_first} at its highest, without what the optimizer holds: {_size(_peak(device))}"


def _seconds_of_a_step(tuning: Tuning) -> tuple[float, int, int]:
    """The seconds of a whole step, its learned tokens and all its tokens."""
    placed = tuning.place_model()
    with closing(tuning.open_source(placed)) as source:
        step = source.step(0)
        placed.expect_pictures(expected=step.has_pictures)
        started = time.monotonic()
        differentiate(step.losses(placed), device_of(placed))
        seconds = time.monotonic() - started
    tuning.model.module.zero_grad()
    return seconds, step.targets, step.tokens


def _peak(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"


def _duration(seconds: float) -> str:
    if seconds > 5_400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"
