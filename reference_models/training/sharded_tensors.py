"""Tensors of which each process holds a part, and those that are whole, treated alike."""

from __future__ import annotations

from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor


def whole_tensor(tensor: Tensor) -> Tensor:
    """All of a tensor of which this process holds a part; every process has to ask for it."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def local_part(tensor: Tensor) -> Tensor:
    """The part of a tensor that this process holds; what changes it changes the tensor."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def spread_like(pattern: Tensor, whole: Tensor) -> Tensor:
    """A whole tensor that every process has, spread as another of its shape is."""
    if not isinstance(pattern, DTensor):
        return whole
    return distribute_tensor(whole, pattern.device_mesh, pattern.placements, src_data_rank=None)
