"""The next token of an answer: the most probable one, or one that is drawn by a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from transformers import GenerationConfig, TemperatureLogitsWarper, TopPLogitsWarper

from vlitqa.contracts.models import Sampling


def generation_settings(
    longest: int, *, end: int, padding: int, sampling: Sampling | None, suppressed: Sequence[int] = ()
) -> GenerationConfig:
    """The settings of transformers' own generation; some tokens may never be written."""
    drawn = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0} if sampling else {}
    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=longest,
        eos_token_id=end,
        pad_token_id=padding,
        do_sample=sampling is not None,
        suppress_tokens=list(suppressed) or None,
        **drawn,
    )


@contextmanager
def drawing(sampling: Sampling | None, device: torch.device) -> Iterator[None]:
    """Draws by the seed meanwhile, and leaves the generators of random numbers as they were."""
    if sampling is None:
        yield
        return
    with torch.random.fork_rng([device] if device.type == "cuda" else [], device_type="cuda"):
        torch.manual_seed(sampling.seed)
        yield


def next_tokens(logits: Tensor, sampling: Sampling | None) -> Tensor:
    """The next token of every row.  # (rows,)"""
    if sampling is None:
        return logits.argmax(-1)  # (rows,)
    unused = torch.empty(0, dtype=torch.long)
    logits = TemperatureLogitsWarper(sampling.temperature)(unused, logits)  # (rows, vocabulary)
    logits = TopPLogitsWarper(sampling.top_p)(unused, logits)  # (rows, vocabulary)
    return torch.multinomial(logits.softmax(-1), 1)[:, 0]  # (rows,)
