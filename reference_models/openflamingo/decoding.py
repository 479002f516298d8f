"""Decoding with a cache of keys and values; what the layers need goes through arguments, and nothing stays."""

from __future__ import annotations

from itertools import takewhile

import torch
from torch import Tensor
from transformers import DynamicCache

from reference_models.openflamingo.assembly import NewTokens
from reference_models.openflamingo.language import TextView
from reference_models.openflamingo.media import place_media
from reference_models.openflamingo.network import FlamingoNetwork
from reference_models.training.packing import attention_mask
from reference_models.training.sampling import next_tokens
from vlitqa.contracts.models import PackedBatch, Sampling


@torch.no_grad()
def decode(
    network: FlamingoNetwork, prompts: PackedBatch, tokens: NewTokens, *, longest: int, sampling: Sampling | None = None
) -> list[list[int]]:
    """Continues prompts of one length, one a row, by at most so many tokens each; the end of the chunk is left out.

    Image tokens are never written: no image would belong to them.
    """
    cache = DynamicCache()
    media = place_media(network.encode(prompts), prompts.token_ids == tokens.image, prompts.document_ids)
    view = TextView(mask=attention_mask(prompts), positions=prompts.positions, key_positions=prompts.positions)
    states = network(prompts.token_ids, view, media, cache)  # (rows, tokens, width)
    media = media.after_the_end()
    written: list[Tensor] = []
    has_ended = torch.zeros_like(prompts.token_ids[:, 0], dtype=torch.bool)  # (rows,)
    while len(written) < longest:
        logits = network.logits(states[:, -1]).float()  # (rows, vocabulary)
        logits[:, tokens.image] = -torch.inf
        written.append(next_tokens(logits, sampling))  # (rows,)
        has_ended = has_ended | (written[-1] == tokens.end_of_chunk)  # (rows,)
        if bool(has_ended.all()) or len(written) == longest:
            break
        view = _next_view(view)
        states = network(written[-1][:, None], view, media, cache)  # (rows, 1, width)
    rows = torch.stack(written, 1).tolist() if written else [[] for _ in has_ended]
    return [list(takewhile(lambda token: token != tokens.end_of_chunk, row)) for row in rows]


def _next_view(view: TextView) -> TextView:
    """The view of one more token, which sees all before it."""
    positions = view.positions[:, -1:] + 1  # (rows, 1)
    keys = torch.cat([view.key_positions, positions], dim=1)  # (rows, keys)
    return TextView(
        mask=torch.ones_like(keys, dtype=torch.bool)[:, None, None], positions=positions, key_positions=keys
    )
