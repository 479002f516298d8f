"""What a tuning costs: the memory of its parameters, and the time of one step that is computed and not taken."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import torch

from reference_models.training.memory import BYTES_OF_A_TRAINED_WEIGHT
from reference_models.training.prompts import device_of
from reference_models.training.trainer import differentiate
from reference_models.training.tuning import Tuning


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningCosts:
    """What one step took, by which the whole is foretold."""

    steps: int
    seconds_of_step: float
    tokens: int
    targets: int
    peak_bytes: int
    """The most memory, without what the optimizer holds."""
    held_bytes: int
    """Gradients and what the optimizer holds."""

    @property
    def seconds(self) -> float:
        """The time of all steps."""
        return self.steps * self.seconds_of_step


def measure_costs(tuning: Tuning) -> TuningCosts:
    """Computes one step and does not take it; each of several processes has to ask for it."""
    trained = sum(parameter.numel() for parameter in tuning.parameters.values())
    seconds, targets, tokens = _seconds_of_a_step(tuning)
    return TuningCosts(
        steps=tuning.recipe.steps,
        seconds_of_step=seconds,
        tokens=tokens,
        targets=targets,
        peak_bytes=_peak(device_of(tuning.model)),
        held_bytes=trained * BYTES_OF_A_TRAINED_WEIGHT[tuning.precision],
    )


def describe_costs(tuning: Tuning) -> Iterator[str]:
    """Lines about memory and time; each of several processes has to ask for them."""
    weights = sum(parameter.nbytes for parameter in tuning.model.module.parameters())
    device, is_shared = device_of(tuning.model), tuning.processes.are_several
    shared = f", shared by {tuning.processes.count:,} processes" if is_shared else ""
    costs = measure_costs(tuning)
    held = size_in_words(costs.held_bytes)
    yield f"{tuning.precision}: weights {size_in_words(weights)}, gradients and what the optimizer holds {held}{shared}"
    yield f"one step: {costs.seconds_of_step:.1f} s for {costs.tokens:,} tokens, of which {costs.targets:,} are learned"
    place = device.type if is_shared else device
    yield f"all {costs.steps:,} steps: about {time_in_words(costs.seconds)} on {place}{shared}"
    of_first = " of the first process" if is_shared else ""
    yield f"memory{of_first} at its highest, without what the optimizer holds: {size_in_words(costs.peak_bytes)}"


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


def size_in_words(count: float) -> str:
    """Bytes as a person says them."""
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"


def time_in_words(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds > 5_400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"
