"""The optimizers of a training run, and the learning rate of each of its steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.optim import AdamW, Optimizer

from reference_models.training.muon import Muon
from reference_models.training.recipe import TrainingRecipe
from reference_models.training.rounding_adamw import RoundingAdamW

_EMBEDDING_ROWS = 1_000
"""Matrices of this many rows or columns are embedding tables, for which Muon is not meant."""


def make_optimizers(parameters: Sequence[torch.nn.Parameter], recipe: TrainingRecipe) -> list[Optimizer]:
    """Returns AdamW, or Muon for matrices and AdamW for all other parameters."""
    is_muon = recipe.optimizer == "muon"
    matrices = [parameter for parameter in parameters if is_muon and _is_hidden_matrix(parameter)]
    others = [parameter for parameter in parameters if not (is_muon and _is_hidden_matrix(parameter))]
    rate, decay = recipe.learning_rate, recipe.weight_decay
    optimizers: list[Optimizer] = [_make_adamw(others, recipe)]
    if matrices:
        optimizers.append(Muon(matrices, learning_rate=rate, weight_decay=decay))
    return optimizers


def learning_rate(recipe: TrainingRecipe, step: int) -> float:
    """The learning rate of a step, counted from 0: it rises along a line, then it falls or stays as the recipe says."""
    warm_up = min(1.0, (step + 1) / max(1, int(recipe.steps * recipe.warm_up_share)))
    done = min(1.0, step / recipe.steps)
    falls = {"cosine": 0.5 * (1 + math.cos(math.pi * done)), "linear": 1 - done, "constant": 1.0}
    return recipe.learning_rate * (warm_up * falls[recipe.schedule])


def _make_adamw(parameters: Sequence[torch.nn.Parameter], recipe: TrainingRecipe) -> Optimizer:
    rate, betas, decay = recipe.learning_rate, recipe.betas, recipe.weight_decay
    if parameters[0].dtype == torch.bfloat16:
        return RoundingAdamW(parameters, lr=rate, betas=betas, weight_decay=decay)
    return AdamW(parameters, lr=rate, betas=betas, weight_decay=decay, fused=parameters[0].is_cuda or None)


def _is_hidden_matrix(parameter: torch.nn.Parameter) -> bool:
    return parameter.ndim == 2 and max(parameter.shape) < _EMBEDDING_ROWS
