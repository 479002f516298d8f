"""SimCSE's own training (Gao et al. 2021): a sentence beside itself under other dropout, and away from all others.

Equation 2 of the review: l_i = -log(exp(sim(h_i, h_i') / t) / sum_j exp(sim(h_i, h_j') / t)), where h and h' are one
sentence's vectors under two dropout masks, sim is the cosine, and j runs over the sentences of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

Encode = Callable[[Sequence[str]], "Tensor"]
"""One vector for each text, through the dropout of the model.  # (texts, width)"""


@dataclass(frozen=True, slots=True)
class Training:
    """How long and how fast; all but the steps as in the authors' own run."""

    steps: int
    batch: int = 64
    rate: float = 3e-5
    temperature: float = 0.05
    room: int = 32
    """Tokens of a sentence that are read."""
    seed: int = 0


def contrastive_loss(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """The mean of equation 2 over a batch, (batch, width) and (batch, width)."""
    from torch import arange
    from torch.nn.functional import cosine_similarity, cross_entropy

    alike = cosine_similarity(first[:, None], second[None], dim=-1) / temperature  # (batch, batch)
    return cross_entropy(alike, arange(len(first), device=first.device))


def train(encode: Encode, parameters: Sequence[Any], texts: Sequence[str], training: Training) -> Iterator[float]:
    """Takes the steps one by one and gives the loss of each; the rate falls in a straight line to nothing."""
    import torch

    optimizer = torch.optim.AdamW(parameters, lr=training.rate, weight_decay=0.0)
    fading = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / training.steps)
    for batch in _batches(len(texts), training):
        chosen = [texts[place] for place in batch]
        loss = contrastive_loss(encode(chosen), encode(chosen), training.temperature)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it so
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        fading.step()
        yield float(loss.detach())


def _batches(count: int, training: Training) -> Iterator[list[int]]:
    """As many batches as there are steps; all texts come once before any comes again."""
    generator = np.random.default_rng(training.seed)
    order: list[int] = []
    size = min(training.batch, count)
    for _ in range(training.steps):
        if len(order) < size:
            order += generator.permutation(count).tolist()
        yield order[:size]
        order = order[size:]
