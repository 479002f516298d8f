"""Precision: in which numbers parameters are computed, and in which their optimizer holds them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn import Module, Parameter

from reference_models.training.devices import choose_device
from reference_models.training.memory import PRECISIONS, Precision
from vlitqa.catalogue import suggestion
from vlitqa.errors import UsageError


def choose_precision(name: str) -> Precision:
    """The precision of a name, or the usual one of this machine; raises UsageError for a name that is none."""
    if not name:
        return "mixed" if choose_device() == "cuda" else "float32"
    for precision in PRECISIONS:
        if precision == name:
            return precision
    raise UsageError(f"There is no precision {name!r}.", repair=suggestion(name, PRECISIONS))


def compute_in(precision: Precision, module: Module) -> None:
    """Turns the parameters of a module into the numbers that it computes with.

    Its buffers stay: rotary positions lose their meaning in half of the bits.
    """
    if precision != "float32":
        for parameter in module.parameters():
            parameter.data = parameter.data.bfloat16()


class HeldParameters:
    """The parameters as an optimizer holds them: themselves, or copies in single precision that it moves instead."""

    def __init__(self, parameters: Sequence[Parameter], precision: Precision) -> None:
        self.computed = list(parameters)
        self.held = self.computed
        if precision == "mixed":
            self.held = [Parameter(parameter.detach().float()) for parameter in parameters]
            for parameter, copy in zip(self.computed, self.held, strict=True):
                parameter.register_post_accumulate_grad_hook(  # type: ignore[no-untyped-call]
                    partial(_move_gradient, copy=copy)
                )

    @torch.no_grad()
    def publish(self) -> None:
        """Gives the parameters the values of their copies."""
        for parameter, copy in zip(self.computed, self.held, strict=True):
            if copy is not parameter:
                parameter.copy_(copy)


def round_at_random(values: Tensor) -> Tensor:
    """Rounds single precision to bfloat16, up or down, each the likelier the nearer it is: right in the mean."""
    bits = values.float().contiguous().view(torch.int32)
    noise = torch.randint_like(bits, 1 << 16)
    return ((bits + noise) & -(1 << 16)).view(torch.float32).bfloat16()


def _move_gradient(parameter: Tensor, copy: Parameter) -> None:
    """Adds a gradient to that of the copy, in whose precision the parts of a step are summed."""
    assert parameter.grad is not None
    gradient = parameter.grad.float()
    copy.grad = gradient if copy.grad is None else copy.grad.add_(gradient)
    parameter.grad = None
