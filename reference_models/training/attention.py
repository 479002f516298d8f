"""Attention of packed documents: each token sees the earlier ones of its own document, and nothing else is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
class DocumentSpans:
    """The lengths of the documents of a batch and of the padding of its rows, row by row."""

    lengths: tuple[int, ...]
    ends: Tensor  # (spans + 1,)
    """The first token of each, and the end of the last."""

    @classmethod
    def of(cls, batch: PackedBatch) -> DocumentSpans:
        """Finds the documents of a batch."""
        rows, tokens = batch.document_ids.shape
        row_numbers = torch.arange(rows, device=batch.document_ids.device)[:, None]  # (rows, 1)
        spans = (batch.document_ids + (tokens + 1) * row_numbers).flatten()  # (rows * tokens,)
        lengths = torch.unique_consecutive(spans, return_counts=True)[1]  # (spans,)
        ends = torch.nn.functional.pad(lengths.cumsum(0), (1, 0)).int()  # (spans + 1,)
        return cls(tuple(lengths.tolist()), ends)


def attend_within_documents(config: PreTrainedConfig) -> None:
    """Lets the layers of a language model of transformers take `documents=DocumentSpans.of(batch)`.

    Without it they attend as before; no text that it reads then may be padded.
    """
    config._attn_implementation = _NAME


def _attend(  # noqa: PLR0913 - what transformers hands to every attention
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
    if query.is_cuda and query.dtype in _SHORT_NUMBERS:
        ends, longest = documents.ends, max(documents.lengths)
        kernel = cast(Callable[..., Tensor], varlen_attn)
        read = kernel(
            queries, keys, values, ends, ends, longest, longest,
            scale=scaling, window_size=(-1, 0), enable_gqa=has_fewer,
        )  # fmt: skip  # (rows * tokens, heads, width)
    else:
        lengths = list(documents.lengths)
        parts = (torch.split(states.transpose(0, 1), lengths, 1) for states in (queries, keys, values))
        read = torch.cat(
            [
                scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling, enable_gqa=has_fewer)
                for query, key, value in zip(*parts, strict=True)
            ],
            dim=1,
        ).transpose(0, 1)  # (rows * tokens, heads, width)
    return read.reshape(rows, tokens, *read.shape[1:]), None


def _no_mask(*_: object, **__: object) -> None:
    """Documents need none; and a prompt alone sees all that is before it."""


AttentionInterface.register(_NAME, _attend)
AttentionMaskInterface.register(_NAME, _no_mask)
