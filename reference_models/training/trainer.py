"""The training loop: it makes the loss of every step small, and can stop and go on where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.utils import clip_grad_norm_

from reference_models.training.memory import Precision
from reference_models.training.optimizers import learning_rate, make_optimizers
from reference_models.training.precision import HeldParameters
from reference_models.training.processes import ONE_PROCESS, Processes
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from vlitqa.errors import RunError

LossesOfStep = Callable[[int], Iterable[Tensor]]
"""From the number of a step, counted from 0, to the parts of its loss, each of which is differentiated at once.

A part is a scalar; the loss of the step is their sum, so that a large batch needs the memory of one part alone.
"""
_REPORT_EVERY = 50
"""Steps from one line about the progress to the next."""


class TrainingDiverged(RunError):
    """The loss of a step is no number."""

    def __init__(self, step: int) -> None:
        super().__init__(f"the loss of step {step + 1:,} is no number", repair="Try a lower learning rate.")
        self.step = step


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """What one step came to."""

    step: int
    """Counted from 1."""
    loss: float
    learning_rate: float


class Training:
    """The parameters that are trained, their optimizers, and the steps that are done."""

    def __init__(
        self,
        parameters: Iterable[Parameter],
        recipe: TrainingRecipe,
        precision: Precision = "float32",
        processes: Processes = ONE_PROCESS,
    ) -> None:
        self.processes = processes
        self.parameters, self.recipe = HeldParameters(list(parameters), precision), recipe
        self.optimizers = make_optimizers(self.parameters.held, recipe)
        self.steps_done = 0

    def steps(self, losses_of_step: LossesOfStep) -> Iterator[StepDone]:
        """Does the steps that are left, and yields after each what it came to."""
        while self.steps_done < self.recipe.steps:
            rate = learning_rate(self.recipe, self.steps_done)
            loss = self._step(losses_of_step(self.steps_done), rate)
            self.steps_done += 1
            yield StepDone(step=self.steps_done, loss=loss, learning_rate=rate)

    def _step(self, losses: Iterable[Tensor], rate: float) -> float:
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        value = self.processes.sum(differentiate(losses, self.parameters.held[0].device)).item()
        if value - value != 0:  # infinite, or no number
            raise TrainingDiverged(self.steps_done)
        if self.recipe.longest_gradient:
            clip_grad_norm_(self.parameters.held, self.recipe.longest_gradient)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        self.parameters.publish()
        return value


def differentiate(losses: Iterable[Tensor], device: torch.device) -> Tensor:
    """Differentiates the parts of a loss, one after the other; returns their sum.  # ()

    A part that no trained parameter moves, as that of rows without pictures where a projector learns, only counts.
    """
    total = torch.zeros((), device=device)  # ()
    for loss in losses:
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
        total += loss.detach()
    return total


def fit(
    parameters: Iterable[Parameter],
    recipe: TrainingRecipe,
    losses_of_step: LossesOfStep,
    report_progress: ProgressCallback,
    *,
    name: str,
) -> None:
    """Trains parameters on the losses of one step after another; each line that it reports begins with the name."""
    start = time.monotonic()
    losses: list[float] = []
    for done in Training(parameters, recipe).steps(losses_of_step):
        losses.append(done.loss)
        if done.step % _REPORT_EVERY == 0 or done.step == recipe.steps:
            recent = losses[-_REPORT_EVERY:]
            mean_loss, seconds = sum(recent) / len(recent), time.monotonic() - start
            report_progress(f"{name}: step {done.step:,} of {recipe.steps:,}, loss {mean_loss:.3f}, {seconds:.0f} s")
