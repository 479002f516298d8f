"""SimCSE's own training (Gao et al. 2021): a sentence close to itself under other dropout, and far from all others.

Equation 2 of the review: l_i = -log(exp(sim(h_i, h_i') / t) / sum_j exp(sim(h_i, h_j') / t)), where h and h' are one
sentence's vectors under two dropout masks, sim is the cosine, and j runs over the sentences of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

Encode = Callable[[Sequence[str]], "Tensor"]
"""Returns one vector for each text, through the dropout of the model.  # (texts, width)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimCSETraining:
    """The hyperparameters of a training; all but the steps as in the authors' own run."""

    steps: int
    batch_size: int = 64
    learning_rate: float = 3e-5
    temperature: float = 0.05
    max_tokens: int = 32
    """The most tokens of a sentence that are read."""
    seed: int = 0


def contrastive_loss(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """The mean of equation 2 over a batch, (batch, width) and (batch, width)."""
    from torch import arange
    from torch.nn.functional import cosine_similarity, cross_entropy

    similarities = cosine_similarity(first[:, None], second[None], dim=-1) / temperature  # (batch, batch)
    return cross_entropy(similarities, arange(len(first), device=first.device))  # ()


def train_simcse(
    encode: Encode, parameters: Sequence[Parameter], texts: Sequence[str], training: SimCSETraining
) -> Iterator[float]:
    """Trains step by step and yields the loss of each; the learning rate decays linearly to nothing."""
    import torch

    optimizer = torch.optim.AdamW(parameters, lr=training.learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / training.steps)
    for batch in _batches(len(texts), training):
        sentences = [texts[place] for place in batch]
        loss = contrastive_loss(encode(sentences), encode(sentences), training.temperature)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it so
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        yield float(loss.detach())


def _batches(count: int, training: SimCSETraining) -> Iterator[list[int]]:
    """Yields one batch for each step; all texts come once before any comes again."""
    generator = np.random.default_rng(training.seed)
    order: list[int] = []
    size = min(training.batch_size, count)
    for _ in range(training.steps):
        if len(order) < size:
            order += generator.permutation(count).tolist()
        yield order[:size]
        order = order[size:]
