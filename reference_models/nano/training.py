"""How every nano model is trained: by Muon and AdamW, along a schedule, telling how far it is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vlitqa.shapes.scenes import Scene, scene_of

Tell = Callable[[str], None]
SEED = 20_000
"""Of the scenes that models learn from; all other seeds are held out."""
_OFTEN = 50
_TABLE = 1_000
"""Rows from which on a matrix is a table of words."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long a model is trained, on how much at once, and how fast."""

    steps: int
    batch: int
    rate: float = 1e-3
    seed: int = 0


def place() -> str:
    """Where models are trained."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def numbers_of(recipe: Recipe, step: int) -> range:
    """The scenes of a step, which no other step sees."""
    return range(step * recipe.batch, (step + 1) * recipe.batch)


def scenes_of(recipe: Recipe, step: int) -> list[Scene]:
    return [scene_of(SEED, number) for number in numbers_of(recipe, step)]


def fit(name: str, weights: Iterable[Any], recipe: Recipe, loss_of: Callable[[int], Any], tell: Tell) -> None:
    """Makes the loss of each step small; tells the mean of the last steps, and the time since the beginning."""
    optimizers = _optimizers(list(weights), recipe)
    schedules = [_schedule(each, recipe.steps) for each in optimizers]
    begun, losses = time.monotonic(), []
    for step in range(recipe.steps):
        loss = loss_of(step)
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for each in (*optimizers, *schedules):
            each.step()
        losses.append(float(loss.detach()))
        if (step + 1) % _OFTEN == 0 or step + 1 == recipe.steps:
            recent = losses[-_OFTEN:]
            taken = time.monotonic() - begun
            tell(f"{name}: step {step + 1:,} of {recipe.steps:,}, loss {sum(recent) / len(recent):.3f}, {taken:.0f} s")


def _optimizers(weights: Sequence[Any], recipe: Recipe) -> list[Any]:
    """Muon for matrices, which takes half the steps that AdamW does; AdamW for tables of words and all the rest."""
    import torch

    library: Any = torch.optim  # its types and those of a table of settings do not meet

    def is_matrix(each: Any) -> bool:
        return bool(each.ndim == 2 and max(each.shape) < _TABLE)

    shared = {"lr": recipe.rate, "weight_decay": 0.05}
    matrices = [each for each in weights if is_matrix(each)]
    others = [each for each in weights if not is_matrix(each)]
    found: list[Any] = [library.AdamW(others, betas=(0.9, 0.98), **shared)]
    return [*found, library.Muon(matrices, adjust_lr_fn="match_rms_adamw", **shared)] if matrices else found


def _schedule(optimizer: Any, steps: int) -> Any:
    """A short way up, then down along a cosine."""
    import torch

    warm = max(1, steps // 20)
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
    )
