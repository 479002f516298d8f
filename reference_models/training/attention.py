"""Attention of packed documents: each token sees the earlier ones of its own document, and nothing else is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn.attention.varlen import varlen_attn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedConfig
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from vlitqa.contracts.models import PackedBatch

_NAME = "packed_documents"
_SHORT_NUMBERS = (torch.float16, torch.bfloat16)
"""Those that the kernel of GPUs computes with."""


@dataclass(frozen=True, slots=True, eq=False)
class Continuations:
    """The ways in which a document goes on, each as a row of its own."""

    beginning: int
    """The number of tokens of what they go on from."""
    forks: Tensor  # (continuations,)
    """How many of these each of them goes on from, and sees."""
    places: Tensor  # (continuations, longest)
    """The places of their tokens in the document, filled up with others."""
    is_token: Tensor  # (continuations, longest)

    @classmethod
    def of(cls, continuation_ids: Tensor, forks: Tensor) -> Continuations:  # (tokens,) each
        """Finds the continuations of a document."""
        beginning, *lengths = torch.unique_consecutive(continuation_ids, return_counts=True)[1].tolist()
        within = torch.arange(max(lengths, default=0), device=continuation_ids.device)  # (longest,)
        counts = torch.tensor(lengths, dtype=torch.int64, device=continuation_ids.device)[:, None]  # (continuations, 1)
        places = beginning + counts.cumsum(0) - counts + within  # (continuations, longest)
        places = places.clamp(max=len(continuation_ids) - 1)  # (continuations, longest)
        return cls(beginning, forks[places[:, :1]].flatten(), places, within < counts)


@dataclass(frozen=True, slots=True, eq=False)
class DocumentSpans:
    """The lengths of the documents of a batch and of the padding of its rows, row by row."""

    lengths: tuple[int, ...]
    ends: Tensor  # (spans + 1,)
    """The first token of each, and the end of the last."""
    continuations: tuple[Continuations, ...] = ()
    """Of each, where documents go on in several ways."""

    @classmethod
    def of(cls, batch: PackedBatch) -> DocumentSpans:
        """Finds the documents of a batch."""
        rows, tokens = batch.document_ids.shape
        row_numbers = torch.arange(rows, device=batch.document_ids.device)[:, None]  # (rows, 1)
        spans = (batch.document_ids + (tokens + 1) * row_numbers).flatten()  # (rows * tokens,)
        lengths = torch.unique_consecutive(spans, return_counts=True)[1]  # (spans,)
        ends = torch.nn.functional.pad(lengths.cumsum(0), (1, 0)).int()  # (spans + 1,)
        if bool((batch.continuation_ids < 0).all()):
            return cls(tuple(lengths.tolist()), ends)
        ids, forks = (torch.split(part.flatten(), lengths.tolist()) for part in (batch.continuation_ids, batch.forks))
        return cls(tuple(lengths.tolist()), ends, tuple(map(Continuations.of, ids, forks)))


def attend_within_documents(config: PreTrainedConfig) -> None:
    """Lets the layers of a language model of transformers take `documents=DocumentSpans.of(batch)`.

    Without it they attend as before; no text that it reads then may be padded.
    """
    config._attn_implementation = _NAME


def attend_packed(  # noqa: PLR0913 - what transformers hands to every attention
    module: Module,
    query: Tensor,  # (rows, heads, tokens, width)
    key: Tensor,  # (rows, fewer heads, tokens, width)
    value: Tensor,  # (rows, fewer heads, tokens, width)
    attention_mask: Tensor | None,
    scaling: float | None = None,
    documents: DocumentSpans | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """What each token reads from those that it sees.  # (rows, tokens, heads, width)"""
    if documents is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **others)
    rows, _, tokens, _ = query.shape
    queries, keys, values = (states.transpose(1, 2).flatten(0, 1) for states in (query, key, value))
    # (rows * tokens, heads, width) each
    has_fewer = query.shape[1] != key.shape[1]
    if query.is_cuda and query.dtype in _SHORT_NUMBERS and not documents.continuations:
        ends, longest = documents.ends, max(documents.lengths)
        kernel = cast(Callable[..., Tensor], varlen_attn)
        if has_fewer:  # earlier kernels than that of torch 2.14 want as many
            keys, values = (states.repeat_interleave(query.shape[1] // key.shape[1], 1) for states in (keys, values))
        read = kernel(
            queries, keys, values, ends, ends, longest, longest, scale=scaling, window_size=(-1, 0)
        )  # fmt: skip  # (rows * tokens, heads, width)
    else:
        attend = partial(scaled_dot_product_attention, scale=scaling, enable_gqa=has_fewer)
        lengths = list(documents.lengths)
        parts = (torch.split(states.transpose(0, 1), lengths, 1) for states in (queries, keys, values))
        read = torch.cat(
            [
                _attend_in_document(attend, states, continuations)
                for states, continuations in zip(
                    zip(*parts, strict=True), documents.continuations or repeat(None, len(lengths)), strict=True
                )
            ],
            dim=1,
        ).transpose(0, 1)  # (rows * tokens, heads, width)
    return read.reshape(rows, tokens, *read.shape[1:]), None


def _attend_in_document(
    attend: Callable[..., Tensor], states: tuple[Tensor, ...], continuations: Continuations | None
) -> Tensor:
    """What the tokens of one document read from queries, keys and values.  # (heads, tokens, width)"""
    if continuations is None or not len(continuations.places):
        return attend(*states, is_causal=True)
    first, places, is_token = continuations.beginning, continuations.places, continuations.is_token
    of_beginning = attend(*(part[:, :first] for part in states), is_causal=True)  # (heads, beginning, width)
    query, key, value = (part[:, places].transpose(0, 1) for part in states)  # (continuations, heads, longest, width)
    keys, values = (
        torch.cat([part[None, :, :first].expand(len(places), -1, -1, -1), continued], 2)
        for part, continued in ((states[1], key), (states[2], value))
    )  # (continuations, heads, beginning + longest, width)
    longest = places.shape[1]
    keys_before = torch.arange(first, device=places.device)  # (beginning,)
    sees_before = (keys_before < continuations.forks[:, None])[:, None].expand(-1, longest, -1)
    # (continuations, longest, beginning)
    sees_itself = torch.ones(longest, longest, dtype=torch.bool, device=places.device).tril()  # (longest, longest)
    sees = torch.cat([sees_before, sees_itself.expand(len(places), -1, -1)], 2)[:, None]
    # (continuations, 1, longest, beginning + longest)
    read = attend(query, keys, values, sees)  # (continuations, heads, longest, width)
    return torch.cat([of_beginning, read.transpose(0, 1)[:, is_token]], 1)


def _no_mask(*_: object, **__: object) -> None:
    """Documents need none; and a prompt alone sees all that is before it."""


AttentionInterface.register(_NAME, attend_packed)
AttentionMaskInterface.register(_NAME, _no_mask)
