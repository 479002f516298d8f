"""What a tuning came to: the model, the data, the recipe, the loss of each step, and some answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass


@dataclass(frozen=True, slots=True)
class TuningStep:
    """One step of a tuning."""

    step: int
    """Counted from 1."""
    loss: float
    """The mean over the tokens that were learned, before the step."""
    learning_rate: float
    _: KW_ONLY
    tokens: int
    targets: int
    """The tokens that were learned."""
    seconds: float
    flops: float = 0.0
    """Floating-point operations of the language model's layers, counted strictly."""


@dataclass(frozen=True, slots=True)
class SampleAnswers:
    """The answers of a model to one row, before the tuning and after it."""

    row: int
    instruction: str
    response: str
    """What the row holds."""
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningResult:
    """All that is known of a finished tuning."""

    model: str
    source: str
    """The preset, folder or name from which it was opened."""
    fingerprint: str
    """Of the weights before the tuning."""
    stage: str
    dataset: str
    dataset_digest: str
    recipe: Mapping[str, object]
    seed: int
    trained_parameters: int
    parameters: int
    examples: int
    left_out: Mapping[str, int]
    """Rows that were not learned from, by the code of the reason."""
    steps: tuple[TuningStep, ...]
    samples: tuple[SampleAnswers, ...]
    seconds: float
    device: str
    version: str
