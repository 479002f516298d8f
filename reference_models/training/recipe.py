"""The recipe of one training run, and the callback that follows its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ProgressCallback = Callable[[str], None]
"""Takes a line about the progress of a training run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecipe:
    """The length of a training run, the size of its batches, its optimizer, its highest learning rate, and its seed."""

    steps: int
    batch_size: int
    learning_rate: float = 1e-3
    optimizer: Literal["adamw", "muon"] = "muon"
    """Muon takes half the steps of AdamW; it computes in bfloat16, which few processors do fast."""
    seed: int = 0
