"""The recipe of one training run, and the callback that follows its progress."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

OptimizerName = Literal["adamw", "muon"]
ProgressCallback = Callable[[str], None]
"""Takes a line about the progress of a training run."""
_ADAPTER_RATE = 10
"""By which the learning rate of a recipe is multiplied for adapters, as in LLaVA's own recipes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecipe:
    """How long, with how large batches, by which optimizer and at which learning rates a model is trained."""

    steps: int
    batch_size: int
    learning_rate: float = 1e-3
    """The highest one."""
    optimizer: OptimizerName = "muon"
    """Muon takes half the steps of AdamW on the small models that learn from nothing."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    """How the learning rate goes on after the warm-up: it falls to zero, or stays."""
    warm_up_share: float = 0.05
    """The share of the steps in which the learning rate rises."""
    weight_decay: float = 0.05
    betas: tuple[float, float] = (0.9, 0.98)
    longest_gradient: float | None = None
    """A gradient with a larger norm is scaled down to this one."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningRecipe:
    """How a model is tuned on a dataset of any size."""

    epochs: float = 1.0
    batch_size: int = 32
    learning_rate: float = 2e-5
    optimizer: OptimizerName = "adamw"
    """Muon for the models of the shapes world, which learn from few rows."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warm_up: float = 0.03
    """The share of the steps in which the learning rate rises; from 1 on the number of these steps."""
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    longest_gradient: float | None = 1.0
    adapter_rank: int = 0
    """That of the low-rank adapters that are trained in the place of the language model; 0 trains it in full."""

    def with_adapters(self, rank: int) -> TuningRecipe:
        """The recipe for adapters of a rank, which learn faster; the same one for the rank 0."""
        rate = self.learning_rate * (_ADAPTER_RATE if rank else 1)
        return replace(self, adapter_rank=rank, learning_rate=rate)

    def for_examples(self, count: int, seed: int) -> TrainingRecipe:
        """The recipe for so many examples."""
        steps = max(1, math.ceil(count * self.epochs / self.batch_size))
        return TrainingRecipe(
            steps=steps,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            optimizer=self.optimizer,
            schedule=self.schedule,
            warm_up_share=self.warm_up if self.warm_up < 1 else min(1.0, self.warm_up / steps),
            weight_decay=self.weight_decay,
            betas=self.betas,
            longest_gradient=self.longest_gradient,
            seed=seed,
        )
