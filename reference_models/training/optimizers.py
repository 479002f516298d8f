"""The optimizers of a training run, and the schedule of their learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.optim import AdamW, Muon, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from reference_models.training.recipe import TrainingRecipe

_WEIGHT_DECAY = 0.05
_WARM_UP_SHARE = 0.05
"""The share of the steps in which the learning rate rises."""
_EMBEDDING_ROWS = 1_000
"""Matrices of this many rows or columns are embedding tables, for which Muon is not meant."""


def make_optimizers(parameters: Sequence[torch.nn.Parameter], recipe: TrainingRecipe) -> list[Optimizer]:
    """Returns AdamW, or Muon for matrices and AdamW for all other parameters."""
    is_muon = recipe.optimizer == "muon"
    matrices = [parameter for parameter in parameters if is_muon and _is_hidden_matrix(parameter)]
    others = [parameter for parameter in parameters if not (is_muon and _is_hidden_matrix(parameter))]
    rate = recipe.learning_rate
    optimizers: list[Optimizer] = [AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=_WEIGHT_DECAY)]
    if matrices:
        optimizers.append(Muon(matrices, lr=rate, weight_decay=_WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"))
    return optimizers


def make_schedule(optimizer: Optimizer, steps: int) -> LambdaLR:
    """Returns a schedule with a short linear warm-up and a decay to zero along a cosine."""
    warm_up_steps = max(1, int(steps * _WARM_UP_SHARE))

    def share_of_learning_rate(step: int) -> float:
        warm_up = min(1.0, (step + 1) / warm_up_steps)
        return warm_up * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))

    return LambdaLR(optimizer, share_of_learning_rate)


def _is_hidden_matrix(parameter: torch.nn.Parameter) -> bool:
    return parameter.ndim == 2 and max(parameter.shape) < _EMBEDDING_ROWS
