"""The training loop: it makes the loss of every step small."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

import torch

from reference_models.training.optimizers import make_optimizers, make_schedule
from reference_models.training.recipe import ProgressCallback, TrainingRecipe

LossOfStep = Callable[[int], torch.Tensor]
"""From the number of a step, counted from 0, to its loss: a scalar that can be differentiated."""
_Module = TypeVar("_Module", bound=torch.nn.Module)
_REPORT_EVERY = 50
"""Steps from one line about the progress to the next."""


def choose_device() -> str:
    """Names the device on which models are trained."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def move_to_device(module: _Module) -> _Module:
    """Moves the parameters of a module to the device on which models are trained."""
    return module.to(choose_device())


def fit(
    parameters: Iterable[torch.nn.Parameter],
    recipe: TrainingRecipe,
    loss_of_step: LossOfStep,
    report_progress: ProgressCallback,
    *,
    name: str,
) -> None:
    """Trains parameters on the loss of one step after another; each line that it reports begins with the name."""
    optimizers = make_optimizers(list(parameters), recipe)
    schedules = [make_schedule(optimizer, recipe.steps) for optimizer in optimizers]
    start = time.monotonic()
    losses: list[float] = []
    for step in range(recipe.steps):
        loss = loss_of_step(step)  # ()
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in optimizers:
            optimizer.step()
        for schedule in schedules:
            schedule.step()
        losses.append(loss.item())
        steps_done = step + 1
        if steps_done % _REPORT_EVERY == 0 or steps_done == recipe.steps:
            recent = losses[-_REPORT_EVERY:]
            mean_loss, seconds = sum(recent) / len(recent), time.monotonic() - start
            report_progress(f"{name}: step {steps_done:,} of {recipe.steps:,}, loss {mean_loss:.3f}, {seconds:.0f} s")
