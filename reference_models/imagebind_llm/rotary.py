"""The order of the rows that rotary embeddings turn in pairs: Meta's files and transformers have different ones.

Meta turns rows 2i and 2i + 1 of a head together, transformers rows i and i + half.
"""

from __future__ import annotations

from torch import Tensor


def to_half_split(weight: Tensor, head_width: int) -> Tensor:
    """Rows of queries or keys in the order of transformers.  # (heads * head width, …)"""
    return weight.reshape(-1, head_width // 2, 2, *weight.shape[1:]).transpose(1, 2).flatten(0, 2)


def to_interleaved(weight: Tensor, head_width: int) -> Tensor:
    """Rows of queries or keys in the order of Meta's files.  # (heads * head width, …)"""
    return weight.reshape(-1, 2, head_width // 2, *weight.shape[1:]).transpose(1, 2).flatten(0, 2)
