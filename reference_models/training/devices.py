"""The device on which models are trained."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch.nn import Module

_Module = TypeVar("_Module", bound=Module)


def choose_device() -> str:
    """Names the device on which models are trained."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def move_to_device(module: _Module) -> _Module:
    """Moves the parameters of a module to the device on which models are trained."""
    return module.to(choose_device())
